/** @file Examples with classes as a task, whatever the examples are. */

import { classCounts } from "../data/labels.ts";
import type { BatchOptions, Batches, PartName } from "./batches.ts";
import type { JudgedExamples, Labelled } from "./labelled.ts";
import { annotated, wrongLabels } from "./labelled.ts";
import { sourceOf } from "./own/source.ts";
import type { Aim, Source, Task } from "./task.ts";
import { UNKNOWN } from "./task.ts";

/** What is peculiar to one kind of examples. */
export interface Making<D extends Labelled> {
  readonly aim: (data: D) => Aim;
  readonly batches: (data: D, options: BatchOptions) => Batches;
  /** Columns of an example beside its index and labels. */
  readonly columns?: (data: D, part: PartName, position: number) => Readonly<Record<string, string | number>>;
  /** Facts about data of one's own, beside those of every kind. */
  readonly facts?: (data: D) => Partial<Source>;
  readonly pictures?: (data: D) => NonNullable<Task["pictures"]>;
}

export function labelledTask<D extends Labelled>(data: D, making: Making<D>): Task {
  const { name, seed, classes, train, valid, trusted, test, noise, noiseRate, hashes, source } = data;
  const wrong = wrongLabels(train);
  return {
    ...making.aim(data),
    name,
    seed,
    parts: {
      train: { count: train.count, ...(wrong ? { wrong } : {}) },
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
      const { right } = rest as Partial<JudgedExamples>;
      const given = labels[position]!;
      return {
        index: indices[position]!,
        ...(source ? { id: source.ids[indices[position]!]! } : {}),
        given_label: given,
        given_class: classes[given]!,
        clean_label: right ? (right.at(position) ?? UNKNOWN) : given,
        ...making.columns?.(data, part, position),
      };
    },
    ...(source ? { source: { ...sourceOf(data, source), ...making.facts?.(data) } } : {}),
    ...(making.pictures ? { pictures: making.pictures(data) } : {}),
  };
}
