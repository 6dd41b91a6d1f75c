/** @file Random batches of a shape, for benches and estimates: timing does not depend on what the pixels show. */

import type { Batch } from "../../tasks/images/batches.ts";
import { Random } from "../../random.ts";

export function randomBatch(shape: readonly number[], classes: number, size: number, seed: number): Batch {
  const random = new Random(seed, "synthetic");
  const pixels = shape.reduce((product, extent) => product * extent, size);
  return {
    x: Float32Array.from({ length: pixels }, () => random.normal()),
    y: Int32Array.from({ length: size }, () => random.integer(classes)),
    positions: Uint32Array.from({ length: size }, (_, i) => i),
    size,
  };
}
