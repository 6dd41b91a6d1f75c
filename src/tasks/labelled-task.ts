/** @file Examples with classes as a task, whatever the examples are. */

import { classCounts } from "../data/labels.ts";
import type { BatchOptions, Batches, PartName } from "./batches.ts";
import type { Labelled, TrainExamples } from "./labelled.ts";
import { annotated } from "./labelled.ts";
import type { Aim, Task } from "./task.ts";

/** What is peculiar to one kind of examples. */
export interface Making<D extends Labelled> {
  readonly aim: (data: D) => Aim;
  readonly batches: (data: D, options: BatchOptions) => Batches;
  /** Columns of an example beside its index and labels. */
  readonly columns?: (data: D, part: PartName, position: number) => Readonly<Record<string, string | number>>;
  readonly pictures?: (data: D) => NonNullable<Task["pictures"]>;
}

export function labelledTask<D extends Labelled>(data: D, making: Making<D>): Task {
  const { name, seed, classes, train, valid, trusted, test, noise, noiseRate, hashes } = data;
  return {
    ...making.aim(data),
    name,
    seed,
    parts: {
      train: { count: train.count, wrong: train.mask },
      valid: { count: valid.count, perClass: classCounts(valid.labels, classes.length) },
      trusted: { count: trusted.count, perClass: classCounts(trusted.labels, classes.length) },
      test,
    },
    noise: { text: noise, rate: noiseRate },
    hashes,
    batches: (options) => making.batches(data, options),
    annotated: () => labelledTask({ ...data, train: annotated(data) }, making),
    reseeded: (other) => labelledTask({ ...data, seed: other }, making),
    describe(part, position) {
      const { indices, labels, ...rest } = data[part];
      const { clean } = rest as Partial<TrainExamples>;
      const given = labels[position]!;
      return {
        index: indices[position]!,
        given_label: given,
        given_class: classes[given]!,
        clean_label: clean ? clean[position]! : given,
        ...making.columns?.(data, part, position),
      };
    },
    ...(making.pictures ? { pictures: making.pictures(data) } : {}),
  };
}
