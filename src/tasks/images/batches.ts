/** @file Batches of images, augmented in training. */

import { imageSize } from "../../data/dataset.ts";
import { tensor } from "../../tensor.ts";
import type { BatchOptions } from "../batches.ts";
import type { Classification, Examples } from "../classification.ts";
import { LabelledBatches } from "../labelled-batches.ts";
import { drawCrop, normalisation, writeCrop, writePlain } from "./augment.ts";

export class ImageBatches extends LabelledBatches<Examples> {
  /** @throws ConfigError if a size is not a positive integer or exceeds the examples, or a pass would have no batch */
  constructor(data: Classification, options: BatchOptions) {
    const { shape, augment, seed } = data;
    const isVaried = augment.pad > 0 || augment.flip;
    const image = imageSize(shape);
    const table = normalisation(data.mean, data.std);
    super(data, options, ({ pixels }, rows, variation) => {
      const x = new Float32Array(rows.length * image);
      const canvas = { pixels, shape, table };
      for (const [n, row] of rows.entries()) {
        if (variation && isVaried)
          writeCrop(canvas, row, drawCrop(augment, seed, variation(n), row), augment, x, n * image);
        else writePlain(canvas, row, x, n * image);
      }
      return { images: tensor(x, [rows.length, ...shape]) };
    });
  }
}
