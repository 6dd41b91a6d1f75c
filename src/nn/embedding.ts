/** @file Tokens as vectors, with the places where they stand (Vaswani et al. 2017, in fairseq's form). */

import type { Value } from "../graph/value.ts";
import type { Key } from "../initial.ts";
import { normalTensor } from "../initial.ts";
import { expand } from "../ops/broadcast.ts";
import { add, mul } from "../ops/elementwise.ts";
import { gather } from "../ops/gather.ts";
import { reshape } from "../ops/movement.ts";
import { placeVectors } from "../ops/place-vectors.ts";
import type { Tensor } from "../tensor.ts";

/** A table `[tokens, width]` of vectors N(0, 1/width); the row of `padding` is 0. */
export function initEmbedding(key: Key, tokens: number, width: number, padding: number): Tensor {
  const table = normalTensor(key, [tokens, width], width ** -0.5);
  table.data.fill(0, padding * width, (padding + 1) * width);
  return table;
}

/** √width · table[token]: table `[V, width]`, tokens `[R]` integers in [0, V) → `[R, width]`. */
export const tokenVectors = (table: Value, tokens: Value): Value =>
  mul(gather(table, tokens), Math.sqrt(table.shape[1]!));

/**
 * √width · table[token] + vector of its place, for each place of each sequence.
 * @param table `[V, width]` @param tokens `[N, T]` integers in [0, V)
 * @returns `[N · T, width]`
 */
export function embed(table: Value, tokens: Value): Value {
  const [N, T] = tokens.shape as [number, number];
  const width = table.shape[1]!;
  const places = expand(placeVectors(T, width), [N, T, width]);
  return add(tokenVectors(table, reshape(tokens, [N * T])), reshape(places, [N * T, width]));
}
