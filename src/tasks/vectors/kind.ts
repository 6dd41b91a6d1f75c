/** @file Classification of rows of numbers as a kind of task: tables and embeddings of one's own. */

import { vectorStudents } from "../../models/make.ts";
import { Random } from "../../random.ts";
import { tensor } from "../../tensor.ts";
import type { TaskKind } from "../kind.ts";
import { checkOwn } from "../own/check.ts";
import { prepareVectors } from "./prepare.ts";
import { vectorAim, vectorTask } from "./task.ts";

const MADE_UP = { width: 64, classes: Array.from({ length: 10 }, (_, i) => String(i)) };

export const vectorKind: TaskKind<never> = {
  name: "vectors",
  sets: [],
  students: vectorStudents,
  reads: ({ kind }) => kind === "columns" || kind === "vectors",
  madeUp: {
    aim: vectorAim(MADE_UP.width, MADE_UP.classes),
    batch(size, seed) {
      const random = new Random(seed, "synthetic");
      const vectors = Float32Array.from({ length: size * MADE_UP.width }, () => random.normal());
      const labels = Int32Array.from({ length: size }, () => random.integer(MADE_UP.classes.length));
      const arrays = { vectors: tensor(vectors, [size, MADE_UP.width]), labels: tensor(labels) };
      return { arrays, positions: Uint32Array.from({ length: size }, (_, i) => i), size };
    },
  },
  defaults: () => ({ student: "mlp", epochs: 30, lr: 0.02 }),
  check(settings) {
    checkOwn(settings);
  },
  prepare: async (settings) => vectorTask(await prepareVectors(settings)),
};
