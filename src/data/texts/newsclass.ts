/**
 * @file Titles of news in Hausa and Yorùbá (Hedderich et al. 2020) with right labels, and beside them the labels that
 * lists of words gave to the same titles: real noise. Tables with tabs, in which quotes mean nothing.
 */

import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { readTextLines } from "../formats/lines.ts";
import { folderWith } from "../pairs/read-pairs.ts";
import type { NamedText, TextSource } from "./text-set.ts";
import { makeTextSet, textPart } from "./text-set.ts";

const TRAIN = "train_clean.tsv";
const GIVEN = "train_clean_noisy_labels.tsv";
const VALID = "dev.tsv";
const TEST = "test.tsv";

/** The set in `<name>_newsclass`. @param classes in alphabetical order @param valid titles of its own validation part */
function newsclass<const Name extends string>(
  name: Name,
  summary: string,
  classes: readonly string[],
  valid: number,
): TextSource<Name> {
  return {
    name,
    summary,
    valid,
    async load(dir) {
      const own = `${name}_newsclass`;
      const folders = [dir, join(dir, own), join(dir, "text", own)];
      // Both languages have files of the same names: a folder without the set's own name must hold this one's labels.
      const folder = await folderWith([...folders.slice(1), dir], TRAIN);
      if (folder === undefined) {
        throw new DataError(
          `${name}: no ${TRAIN} in ${folders.join(", ")}. Copy ${TRAIN}, ${GIVEN}, ${VALID} and ${TEST} there, ` +
            "from data/ of https://github.com/uds-lsv/transfer-distant-transformer-african",
        );
      }
      const read = (file: string) => readTitles(join(folder, file));
      const part = (rows: readonly NamedText[], file: string) => textPart(rows, classes, join(folder, file));
      const [clean, given, dev] = [await read(TRAIN), await read(GIVEN), await read(VALID)];
      const odd = clean.findIndex(({ text }, n) => given[n]?.text !== text);
      if (odd >= 0 || given.length !== clean.length) {
        throw new DataError(
          `${join(folder, GIVEN)}: expected the titles of ${TRAIN} line by line, line ${2 + Math.max(odd, 0)} differs. Fetch both again`,
        );
      }
      // Its validation part follows the training part. Nobody gave it other labels than the right ones.
      const train = part([...clean, ...dev], TRAIN);
      return makeTextSet({
        name,
        classes,
        train: { ...train, given: part([...given, ...dev], GIVEN).labels },
        test: part(await read(TEST), TEST),
        apart: Uint32Array.from(dev, (_, i) => clean.length + i),
      });
    },
  };
}

async function readTitles(path: string): Promise<NamedText[]> {
  const [head = "", ...lines] = await readTextLines(path);
  const columns = head.split("\t");
  const [text, label] = [columns.indexOf("news_title"), columns.indexOf("label")];
  if (text < 0 || label < 0)
    throw new DataError(`${path}: expected columns news_title and label, found ${columns.join(", ")}`);
  return lines.map((line, i) => {
    const fields = line.split("\t");
    if (fields.length === columns.length) return { text: fields[text]!, label: fields[label]! };
    throw new DataError(`${path}, line ${i + 2}: expected ${columns.length} columns, found ${fields.length}`);
  });
}

export const hausa = newsclass(
  "hausa",
  "2,917 titles of 5 classes; --noise given: 50 % wrong",
  ["Africa", "Health", "Nigeria", "Politics", "World"],
  290,
);

export const yoruba = newsclass(
  "yoruba",
  "1,908 titles of 7 classes; --noise given: 33 % wrong",
  ["africa", "entertainment", "health", "nigeria", "politics", "sport", "world"],
  189,
);
