/** @file Random batches of images, for benches: timing does not depend on pixels and labels. */

import { Random } from "../../random.ts";
import { tensor } from "../../tensor.ts";
import type { Batch } from "../batches.ts";

/** @param shape `[C, H, W]` */
export function randomImages(shape: readonly number[], classes: number, size: number, seed: number): Batch {
  const random = new Random(seed, "synthetic");
  const pixels = shape.reduce((product, extent) => product * extent, size);
  const images = Float32Array.from({ length: pixels }, () => random.normal());
  const labels = Int32Array.from({ length: size }, () => random.integer(classes));
  return {
    arrays: { images: tensor(images, [size, ...shape]), labels: tensor(labels) },
    positions: Uint32Array.from({ length: size }, (_, i) => i),
    size,
  };
}
