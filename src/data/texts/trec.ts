/**
 * @file TREC (Li & Roth 2002): questions by what they ask for, 5,452 to train on and 500 to test on, as
 * `TREC.train.all` and `TREC.test.all`: a class id, a space and the question, in Latin-1.
 */

import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { linesOf, readUnpacked } from "../formats/lines.ts";
import { folderWith } from "../pairs/read-pairs.ts";
import type { NamedText, TextSource } from "./text-set.ts";
import { makeTextSet, textPart } from "./text-set.ts";

const [TRAIN, TEST] = ["TREC.train.all", "TREC.test.all"];

/** By id. */
const CLASSES = ["description", "entity", "abbreviation", "person", "location", "number"];

export const trec: TextSource<"trec"> = {
  name: "trec",
  summary: "5,952 questions of 6 classes",
  // 40 of each class: of the rarest, 46 are left to train on.
  valid: 240,
  async load(dir) {
    const folders = [dir, join(dir, "trec"), join(dir, "text", "trec")];
    const folder = await folderWith(folders, TRAIN);
    if (folder === undefined) {
      throw new DataError(
        `trec: no ${TRAIN} in ${folders.join(", ")}. Copy it and ${TEST} there, from data/ of https://github.com/harvardnlp/sent-conv-torch`,
      );
    }
    const read = async (file: string) => textPart(await readQuestions(join(folder, file)), CLASSES, join(folder, file));
    return makeTextSet({ name: "trec", classes: CLASSES, train: await read(TRAIN), test: await read(TEST) });
  },
};

async function readQuestions(path: string): Promise<NamedText[]> {
  const text = new TextDecoder("latin1").decode(await readUnpacked(path)).replaceAll("\r\n", "\n");
  return linesOf(text).map((line, i) => {
    const [, id, question] = /^(\d) (.*\S.*)$/.exec(line) ?? [];
    const label = CLASSES[Number(id)];
    if (question !== undefined && label !== undefined) return { text: question, label };
    throw new DataError(`${path}, line ${i + 1}: expected an id of 0 … 5, a space and a question`);
  });
}
