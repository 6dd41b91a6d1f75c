/** @file Classification of rows of numbers as a task. */

import { classObjective } from "../../objectives/classes.ts";
import { float, tensor } from "../../tensor.ts";
import type { Tensor } from "../../tensor.ts";
import { LabelledBatches } from "../labelled-batches.ts";
import { labelledTask } from "../labelled-task.ts";
import type { Aim, Task } from "../task.ts";
import type { VectorData } from "./prepare.ts";

/** What a student of rows of `width` numbers is to predict. @param classes their names */
export const vectorAim = (width: number, classes: readonly string[]): Aim => ({
  objective: classObjective(classes),
  form: { inputs: { vectors: float([2, width]) }, outputs: classes.length },
});

/** `[rows, width]` */
function vectorsOf({ values, width }: VectorData, rows: Uint32Array): Tensor {
  const picked = new Float32Array(rows.length * width);
  for (const [n, row] of rows.entries()) picked.set(values.subarray(row * width, (row + 1) * width), n * width);
  return tensor(picked, [rows.length, width]);
}

/** Rows of numbers that were divided, as a task. */
export const vectorTask = (vectors: VectorData): Task =>
  labelledTask(vectors, {
    aim: ({ width, classes }) => vectorAim(width, classes),
    batches: (data, options) =>
      new LabelledBatches(data, options, (_examples, rows) => ({ vectors: vectorsOf(data, rows) })),
    facts: ({ encodings }) => ({ columns: encodings }),
  });
