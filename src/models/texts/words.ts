/** @file Vectors of words. */

import type { Value } from "../../graph/value.ts";
import type { Key } from "../../initial.ts";
import { normalTensor } from "../../initial.ts";
import { gather } from "../../ops/gather.ts";
import { reshape } from "../../ops/movement.ts";
import type { Tensor } from "../../tensor.ts";

/** A table `[size, width]` of vectors N(0, deviation²); that of padding is 0. */
export function initWords(
  key: Key,
  { size, padding }: { readonly size: number; readonly padding: number },
  width: number,
  deviation: number,
): Tensor {
  const table = normalTensor(key, [size, width], deviation);
  table.data.fill(0, padding * width, (padding + 1) * width);
  return table;
}

/** Vectors of all places, `[N · T, width]`: table `[V, width]`, tokens `[N, T]`. */
export const vectorsOf = (table: Value, tokens: Value): Value =>
  gather(table, reshape(tokens, [tokens.shape[0]! * tokens.shape[1]!]));
