/** @file Random batches of sentence pairs, for benches: timing does not depend on words. */

import { SPECIAL } from "../../data/text/dictionary.ts";
import { raggedOf } from "../../data/text/ragged.ts";
import { Random } from "../../random.ts";
import type { Batch } from "../batches.ts";
import { pairArrays } from "./arrays.ts";

/** @param vocabulary ids that there are @param length pieces of each side */
export function randomPairs(
  { vocabulary, length }: { readonly vocabulary: number; readonly length: number },
  size: number,
  seed: number,
): Batch {
  const random = new Random(seed, "synthetic");
  const side = () =>
    raggedOf(
      Array.from({ length: size }, () =>
        Int32Array.from({ length }, (_, i) =>
          i === length - 1 ? SPECIAL.eos : SPECIAL.mask + random.integer(vocabulary - SPECIAL.mask),
        ),
      ),
    );
  const positions = Uint32Array.from({ length: size }, (_, i) => i);
  const bucket = { source: length, target: length, size };
  return {
    arrays: { ...pairArrays({ source: side(), target: side() }, positions, bucket) },
    positions,
    size,
    parts: new Uint32Array(size).fill(length),
  };
}
