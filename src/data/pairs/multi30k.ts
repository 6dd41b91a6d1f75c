/**
 * @file Multi30k (Elliott et al. 2016), German to English: descriptions of pictures, lower-cased, normalised and tokenised,
 * as https://github.com/multi30k/dataset has them in `data/task1/tok`.
 */

import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { cleanPairs } from "./clean.ts";
import type { PairSource } from "./pair-source.ts";
import { makePairSet } from "./pairs.ts";
import { findPairs, folderWith, requiredPairs } from "./read-pairs.ts";

const LANGUAGES = ["de", "en"] as const;
const TOKENISED = ".lc.norm.tok";
const ADVICE = "Copy data/task1/tok of https://github.com/multi30k/dataset there";

export const multi30k: PairSource<"multi30k"> = {
  name: "multi30k",
  summary: "29,000 pairs, German to English, descriptions of pictures",
  // Papers train on all pairs.
  limits: {},
  async load({ dir, limits }) {
    const train = `train${TOKENISED}`;
    const folders = [dir, join(dir, "tok"), join(dir, "multi30k"), join(dir, "multi30k", "tok")];
    const folder = await folderWith(folders, `${train}.de`);
    if (folder === undefined) {
      throw new DataError(`multi30k: no ${train}.de or ${train}.de.gz in ${folders.join(", ")}. ${ADVICE}`);
    }
    const read = (base: string) => requiredPairs(folder, `${base}${TOKENISED}`, LANGUAGES, ADVICE);
    const { pairs, dropped } = cleanPairs(await read("train"), limits);
    const later = await findPairs(folder, `test_2017_flickr${TOKENISED}`, LANGUAGES);
    return makePairSet({
      name: "multi30k",
      languages: LANGUAGES,
      train: pairs,
      valid: await read("val"),
      tests: { test2016: await read("test_2016_flickr"), ...(later && { test2017: later }) },
      dropped,
    });
  },
};
