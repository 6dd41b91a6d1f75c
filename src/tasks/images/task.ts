/** @file Classification of images as a task. */

import type { Spec } from "../../tensor.ts";
import { float, int } from "../../tensor.ts";
import type { Arrays } from "../../tree.ts";
import { imageSize } from "../../data/dataset.ts";
import { classObjective } from "../../objectives/classes.ts";
import type { Classification } from "../classification.ts";
import { labelledTask } from "../labelled-task.ts";
import type { OwnImages } from "../own/images.ts";
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

/** Images of one's own that were divided, as a task. */
export const ownImageTask = (images: OwnImages): Task => ({
  ...labelledTask(images, {
    aim: ({ shape, classes }) => imageAim(shape, classes),
    batches: (data, options) => new ImageBatches(data, options, (_examples, row) => [data.pixels.read(row), 0]),
    facts: ({ shape, mean, std, augment, pixels }) => ({
      images: { shape, mean, std, augment, skipped: pixels.bad.length },
    }),
    pictures: ({ shape, pixels, train }) => ({
      shape,
      of: (position) => pixels.read(train.indices[position]!).slice(),
    }),
  }),
  skipped: images.pixels.bad.map(({ example, reason }) => ({ id: images.source!.ids[example]!, reason })),
  close: () => images.pixels.close(),
});

/** Images that were split and given noise, as a task. */
export const imageTask = (images: Classification): Task =>
  labelledTask(images, {
    aim: ({ shape, classes }) => imageAim(shape, classes),
    batches: (data, options) => new ImageBatches(data, options),
    pictures: ({ shape, train }) => ({
      shape,
      of(position) {
        const size = imageSize(shape);
        const start = train.indices[position]! * size;
        return train.pixels.subarray(start, start + size);
      },
    }),
  });
