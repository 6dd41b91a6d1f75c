/** @file Sentence pairs of a user: `train`, `valid` and `test`, each as `.src` and `.tgt`, plain or `.gz`. */

import { cleanPairs } from "./clean.ts";
import type { PairSource } from "./pair-source.ts";
import { makePairSet } from "./pairs.ts";
import { findPairs, requiredPairs } from "./read-pairs.ts";

const LANGUAGES = ["src", "tgt"] as const;
const ADVICE =
  "--data-dir needs train.src, train.tgt, test.src and test.tgt, one tokenised sentence a line (.gz too), and may have valid.src and valid.tgt";

export const ownPairs: PairSource<"pairs"> = {
  name: "pairs",
  summary: "your own: train.src, train.tgt and so on in --data-dir",
  // The limits that clean-corpus-n.perl has where none are given, and IWSLT's length.
  limits: { words: 175, ratio: 9 },
  async load({ dir, limits }) {
    const { pairs, dropped } = cleanPairs(await requiredPairs(dir, "train", LANGUAGES, ADVICE), limits);
    const valid = await findPairs(dir, "valid", LANGUAGES);
    return makePairSet({
      name: "pairs",
      languages: LANGUAGES,
      train: pairs,
      ...(valid && { valid }),
      tests: { test: await requiredPairs(dir, "test", LANGUAGES, ADVICE) },
      dropped,
    });
  },
};
