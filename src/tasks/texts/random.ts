/** @file Random batches of texts, for benches: timing does not depend on words and labels. */

import { Random } from "../../random.ts";
import { tensor } from "../../tensor.ts";
import type { Batch } from "../batches.ts";
import { textArrays } from "./task.ts";

/** @param vocabulary ids that there are @param length words of each text */
export function randomTexts(
  { vocabulary, length, classes }: { vocabulary: number; length: number; classes: number },
  size: number,
  seed: number,
): Batch {
  const random = new Random(seed, "synthetic");
  const rows = Array.from({ length: size }, () => Int32Array.from({ length }, () => random.integer(vocabulary)));
  const labels = Int32Array.from({ length: size }, () => random.integer(classes));
  return {
    arrays: { ...textArrays(rows), labels: tensor(labels) },
    positions: Uint32Array.from({ length: size }, (_, i) => i),
    size,
  };
}
