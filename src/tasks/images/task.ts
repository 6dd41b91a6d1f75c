/** @file Classification of images as a task. */

import type { Spec } from "../../tensor.ts";
import { float, int } from "../../tensor.ts";
import type { Arrays } from "../../tree.ts";
import { imageSize } from "../../data/dataset.ts";
import { classCounts } from "../../data/labels.ts";
import { classObjective } from "../../objectives/classes.ts";
import type { Classification, TrainExamples } from "../classification.ts";
import { annotated } from "../classification.ts";
import type { Aim, Task } from "../task.ts";
import { ImageBatches } from "./batches.ts";

/** What a student of images `[C, H, W]` is to predict. @param classes their names */
export const imageAim = (shape: readonly [number, number, number], classes: readonly string[]): Aim => ({
  objective: classObjective(classes),
  form: { inputs: { images: float([2, ...shape]) }, outputs: classes.length },
});

/** Arrays of a batch of images `[C, H, W]` with one label each. */
export const imageBatch = (shape: readonly number[], size: number): Arrays<Spec> => ({
  images: float([size, ...shape]),
  labels: int([size]),
});

/** Images that were split and given noise, as a task. */
export function imageTask(data: Classification): Task {
  const { name, seed, classes, train, valid, trusted, test, noise, noiseRate, hashes } = data;
  return {
    ...imageAim(data.shape, classes),
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
    batches: (options) => new ImageBatches(data, options),
    annotated: () => imageTask({ ...data, train: annotated(data) }),
    reseeded: (other) => imageTask({ ...data, seed: other }),
    describe(part, position) {
      const { indices, labels, ...rest } = data[part];
      const { clean } = rest as Partial<TrainExamples>;
      const given = labels[position]!;
      return {
        index: indices[position]!,
        given_label: given,
        given_class: classes[given]!,
        clean_label: clean ? clean[position]! : given,
      };
    },
    pictures: {
      shape: data.shape,
      of(position) {
        const size = imageSize(data.shape);
        const start = train.indices[position]! * size;
        return train.pixels.subarray(start, start + size);
      },
    },
  };
}
