/** @file Batches of images, augmented in training. */

import type { Augmentation, ImageShape } from "../../data/dataset.ts";
import { imageSize } from "../../data/dataset.ts";
import { tensor } from "../../tensor.ts";
import type { BatchOptions } from "../batches.ts";
import type * as labelled from "../labelled.ts";
import type { Examples } from "../classification.ts";
import type { BatchParts } from "../labelled-batches.ts";
import { LabelledBatches } from "../labelled-batches.ts";
import { drawCrop, normalisation, writeCrop, writePlain } from "./augment.ts";

/** Parts of images with what makes batches of them. */
export type ImageParts<E extends labelled.Examples> = BatchParts<E> & {
  readonly shape: ImageShape;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly augment: Augmentation;
};

/** Where an image lies: among others `[N, C, H, W]`, at a position; valid until the next call. */
export type Locate<E> = (examples: E, row: number) => readonly [pixels: Uint8Array, position: number];

export class ImageBatches<E extends labelled.Examples = Examples> extends LabelledBatches<E> {
  /** @throws ConfigError if a size is not a positive integer or exceeds the examples, or a pass would have no batch */
  constructor(data: ImageParts<Examples>, options: BatchOptions);
  constructor(data: ImageParts<E>, options: BatchOptions, locate: Locate<E>);
  constructor(data: ImageParts<E>, options: BatchOptions, locate: Locate<E> = inMemory as unknown as Locate<E>) {
    const { shape, augment, seed } = data;
    const isVaried = augment.pad > 0 || augment.flip;
    const image = imageSize(shape);
    const table = normalisation(data.mean, data.std);
    super(data, options, (examples, rows, variation) => {
      const x = new Float32Array(rows.length * image);
      for (const [n, row] of rows.entries()) {
        const [pixels, position] = locate(examples, row);
        const canvas = { pixels, shape, table };
        if (variation && isVaried)
          writeCrop(canvas, position, drawCrop(augment, seed, variation(n), row), augment, x, n * image);
        else writePlain(canvas, position, x, n * image);
      }
      return { images: tensor(x, [rows.length, ...shape]) };
    });
  }
}

const inMemory: Locate<Examples> = ({ pixels }, row) => [pixels, row];
