/**
 * @file IWSLT'14 German to English (talks), as fairseq's examples/translation/prepare-iwslt14.sh leaves it before BPE:
 * tokenised by Moses, cleaned, lower-cased. Where the whole training text is absent, a sample of it and the validation
 * text together are what to train on.
 */

import { dirname, join } from "node:path";
import { DataError } from "../../errors.ts";
import { readTextLines } from "../formats/lines.ts";
import type { Merge } from "../text/merges.ts";
import { parseMerges } from "../text/merges.ts";
import { cleanPairs } from "./clean.ts";
import type { PairSource } from "./pair-source.ts";
import { joined, makePairSet } from "./pairs.ts";
import { findPairs, folderWith, requiredPairs, textFile } from "./read-pairs.ts";

const LANGUAGES = ["de", "en"] as const;
/** Where prepare-iwslt14.sh leaves text before BPE. Beside it lies text in pieces under the same names. */
const PREPARED = "iwslt14.tokenized.de-en";
const ADVICE =
  "Run fairseq's examples/translation/prepare-iwslt14.sh (Moses' tokenizer, cleaning to ratio 1.5 and 175 words, " +
  `lower case, every 23rd line for validation), and name the folder that holds ${PREPARED}`;

export const iwslt14: PairSource<"iwslt14"> = {
  name: "iwslt14",
  summary: "160,239 pairs, German to English, talks",
  limits: { words: 175, ratio: 1.5 },
  async load({ dir, limits }) {
    const folders = [join(dir, PREPARED, "tmp"), join(dir, "tmp"), join(dir, "iwslt14"), dir];
    const folder = (await folderWith(folders, "train.de")) ?? (await folderWith(folders, "trainsample.de"));
    if (folder === undefined)
      throw new DataError(`iwslt14: no train.de or train.de.gz in ${folders.join(", ")}. ${ADVICE}`);
    const read = (base: string) => requiredPairs(folder, base, LANGUAGES, ADVICE);
    const [whole, valid, test] = [await findPairs(folder, "train", LANGUAGES), await read("valid"), await read("test")];
    const { pairs, dropped } = cleanPairs(whole ?? joined(await read("trainsample"), valid), limits);
    const merges = await findMerges(folder);
    return makePairSet({
      name: "iwslt14",
      languages: LANGUAGES,
      train: pairs,
      ...(whole && { valid }),
      tests: { test },
      dropped,
      ...(merges && { merges }),
    });
  },
};

async function findMerges(folder: string): Promise<Merge[] | undefined> {
  for (const place of [folder, dirname(folder)]) {
    for (const name of ["bpe10k.code", "code"]) {
      const file = await textFile(place, name);
      if (file !== undefined) return parseMerges((await readTextLines(file)).join("\n"), file);
    }
  }
  return undefined;
}
