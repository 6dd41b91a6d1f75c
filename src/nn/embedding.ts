/** @file Tokens as vectors, with the places where they stand (Vaswani et al. 2017, in fairseq's form). */

import type { Value } from "../graph/value.ts";
import type { Key } from "../initial.ts";
import { normalTensor } from "../initial.ts";
import { expand } from "../ops/broadcast.ts";
import { add, mul } from "../ops/elementwise.ts";
import { gather } from "../ops/gather.ts";
import { reshape } from "../ops/movement.ts";
import type { Tensor } from "../tensor.ts";
import { tensor } from "../tensor.ts";

/** The row of the first token: rows before it belong to padding. */
const FIRST = 2;
const LONGEST_WAVE = 10_000;

/** A table `[tokens, width]` of vectors N(0, 1/width); the row of `padding` is 0. */
export function initEmbedding(key: Key, tokens: number, width: number, padding: number): Tensor {
  const table = normalTensor(key, [tokens, width], width ** -0.5);
  table.data.fill(0, padding * width, (padding + 1) * width);
  return table;
}

/**
 * Vectors of the places 0 … `places` − 1, `[places, width]`: sines and then cosines of waves whose lengths grow from 2π
 * to 2π · 10,000. As in fairseq the first place is the number 2. `width` is at least 4; of an odd one the last number is 0.
 */
export function placeVectors(places: number, width: number): Tensor {
  const waves = Math.floor(width / 2);
  const data = new Float64Array(places * width);
  for (let place = 0; place < places; place++) {
    for (let wave = 0; wave < waves; wave++) {
      const angle = (place + FIRST) * Math.exp((-wave * Math.log(LONGEST_WAVE)) / (waves - 1));
      data[place * width + wave] = Math.sin(angle);
      data[place * width + waves + wave] = Math.cos(angle);
    }
  }
  return tensor(data, [places, width]);
}

/**
 * √width · table[token] + vector of its place, for each place of each sequence.
 * @param table `[V, width]` @param tokens `[N, T]` integers in [0, V) @param places `[T, width]` from `placeVectors`
 * @returns `[N · T, width]`
 */
export function embed(table: Value, tokens: Value, places: Value): Value {
  const [N, T] = tokens.shape as [number, number];
  const width = table.shape[1]!;
  const vectors = mul(gather(table, reshape(tokens, [N * T])), Math.sqrt(width));
  return add(vectors, reshape(expand(places, [N, T, width]), [N * T, width]));
}
