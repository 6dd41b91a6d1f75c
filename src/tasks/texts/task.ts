/** @file Classification of texts as a task. */

import { SPECIAL } from "../../data/text/dictionary.ts";
import { rowOf } from "../../data/text/ragged.ts";
import { classObjective } from "../../objectives/classes.ts";
import { shortened } from "../../printable.ts";
import type { Tensor } from "../../tensor.ts";
import { float, int, tensor } from "../../tensor.ts";
import type { Arrays } from "../../tree.ts";
import type { InputsOf } from "../labelled-batches.ts";
import { LabelledBatches } from "../labelled-batches.ts";
import { labelledTask } from "../labelled-task.ts";
import type { Aim, Task } from "../task.ts";
import { placesFor } from "./places.ts";
import type { TextData, TextExamples } from "./prepare.ts";

/** Characters of a text in weights.csv. */
const SHOWN = 120;

/**
 * What a student of texts is to predict.
 * @param vocabulary ids that there are @param classes their names @param dropout in place of the student's own
 */
export const textAim = (vocabulary: number, classes: readonly string[], dropout?: number): Aim => ({
  objective: classObjective(classes),
  form: {
    inputs: { tokens: int([2, placesFor(1)]), real: float([2, placesFor(1)]) },
    outputs: classes.length,
    vocabulary: { size: vocabulary, padding: SPECIAL.pad },
    ...(dropout === undefined ? {} : { dropout }),
  },
});

/**
 * Rows of ids as the inputs of a batch: `tokens` `[N, T]`, padded on the right, and `real` `[N, T]`, 1 where there is a
 * word. T is the least number of places that holds the longest.
 */
export function textArrays(rows: readonly Int32Array[]): Arrays<Tensor> {
  const places = placesFor(rows.reduce((most, { length }) => Math.max(most, length), 1));
  const tokens = new Int32Array(rows.length * places).fill(SPECIAL.pad);
  const real = new Float32Array(rows.length * places);
  for (const [n, row] of rows.entries()) {
    tokens.set(row, n * places);
    real.fill(1, n * places, n * places + row.length);
  }
  const shape = [rows.length, places];
  return { tokens: tensor(tokens, shape), real: tensor(real, shape) };
}

const inputsOf: InputsOf<TextExamples> = ({ ids }, rows) => textArrays(Array.from(rows, (row) => rowOf(ids, row)));

/** Texts that were split and given noise, as a task. @param dropout in place of the student's own */
export const textTask = (texts: TextData, dropout?: number): Task =>
  labelledTask(texts, {
    aim: ({ vocabulary, classes }) => textAim(vocabulary.size, classes, dropout),
    batches: (data, options) => new LabelledBatches(data, options, inputsOf),
    columns: (data, part, position) => ({ text: shortened(textOf(data[part], position), SHOWN) }),
  });

const textOf = ({ texts, indices }: TextExamples, position: number): string => texts[indices[position]!]!;
