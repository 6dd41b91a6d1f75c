/** @file A task as a plain record: counts, confusion, hashes. `reweight data` prints it; a run's record keeps it. */

import type { Labels } from "../data/labels.ts";
import { classCounts } from "../data/labels.ts";
import type { Classification } from "./classification.ts";

export interface TaskRecord {
  readonly name: string;
  readonly classes: readonly string[];
  readonly shape: readonly number[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly augment: { readonly pad: number; readonly flip: boolean; readonly padding: string };
  readonly seed: number;
  readonly counts: { readonly train: number; readonly valid: number; readonly test: number };
  /** `[K]` each; train by clean label, given by given label */
  readonly perClass: {
    readonly train: readonly number[];
    readonly given: readonly number[];
    readonly valid: readonly number[];
    readonly test: readonly number[];
  };
  readonly noise: {
    /** as written, for example "flip2:0.4" */
    readonly spec: string;
    /** share of wrong training labels */
    readonly rate: number;
    /** `[K][K]` number of examples by clean label (row) and given label (column) */
    readonly confusion: readonly (readonly number[])[];
  };
  readonly hashes: Classification["hashes"];
}

/** Describes a task; holds nothing but JSON values. */
export function describeTask(task: Classification): TaskRecord {
  const { name, classes, shape, mean, std, augment, seed, train, valid, test, hashes } = task;
  const K = classes.length;
  return {
    name,
    classes,
    shape,
    mean,
    std,
    augment,
    seed,
    counts: { train: train.count, valid: valid.count, test: test.count },
    perClass: {
      train: classCounts(train.clean, K),
      given: classCounts(train.labels, K),
      valid: classCounts(valid.labels, K),
      test: classCounts(test.labels, K),
    },
    noise: { spec: task.noise, rate: task.noiseRate, confusion: confusion(train.clean, train.labels, K) },
    hashes,
  };
}

/** `[K][K]` counts: row = clean class, column = given class. */
export function confusion(clean: Labels, given: Labels, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [n, label] of clean.entries()) counts[label]![given[n]!]!++;
  return counts;
}
