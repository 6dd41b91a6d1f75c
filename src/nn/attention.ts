/** @file Multi-head attention (Vaswani et al. 2017), with masks as numbers that are added to scores. */

import type { Value } from "../graph/value.ts";
import type { Key } from "../initial.ts";
import { xavierTensor } from "../initial.ts";
import { expand } from "../ops/broadcast.ts";
import { softmax } from "../ops/compose.ts";
import { add, mul, step, sub } from "../ops/elementwise.ts";
import { iota } from "../ops/gather.ts";
import { mergeHeads, splitHeads } from "../ops/heads.ts";
import { matmul, transposeMatrix } from "../ops/matmul.ts";
import { reshape } from "../ops/movement.ts";
import type { Tree } from "../tree.ts";
import { child } from "../tree.ts";
import type { Variables } from "./layer.ts";
import { initAll } from "./layer.ts";
import { affine, linear } from "./linear.ts";

/** What closes a place: large enough for a weight of 0, and unlike −∞ it gives no NaN in a tangent. */
const CLOSED = -1e9;

/** Numbers to add to scores: 0 where a query may look, −1e9 where it may not. */
export interface AttentionMask {
  /** `[N, S]`: of each sequence, places that nobody may look at, as padding. */
  readonly keys?: Value;
  /** `[T, S]`: of every sequence, what the query at each place may look at, as `causalMask`. */
  readonly places?: Value;
}

/** The mask `[N, S]` of padding, from 1 where a token is real and 0 elsewhere. */
export const paddingMask = (real: Value): Value => mul(sub(1, real), CLOSED);

/** The mask `[T, T]` under which a place looks at itself and at those before. */
export function causalMask(places: number): Value {
  const later = sub(reshape(iota(places), [1, places]), reshape(iota(places), [places, 1]));
  return mul(step(later), CLOSED);
}

/** The mask `[1, places]` under which a query at `place` `[1]` looks at itself and at places before. */
export const closedPlaces = (places: number, place: Value): Value =>
  mul(step(sub(reshape(iota(places), [1, places]), reshape(place, [1, 1]))), CLOSED);

/** What queries look at: keys and values of N sequences, `[N · heads, S, width / heads]` each. */
export interface AttentionMemory<T = Value> {
  readonly keys: T;
  readonly values: T;
}

/** Multi-head attention as pure functions. */
export interface Attention {
  init(key: Key): Variables;
  /** Keys and values as rows, `[N · S, width]` each. @param memory what queries will look at, `[N · S, width]` */
  project(params: Tree<Value>, memory: Value): AttentionMemory;
  /** Such rows by heads. @param sequences N */
  split(rows: AttentionMemory, sequences: number): AttentionMemory;
  /** @param x queries of N sequences, `[N · T, width]` @returns `[N · T, width]` */
  look(params: Tree<Value>, x: Value, memory: AttentionMemory, sequences: number, mask?: AttentionMask): Value;
  /**
   * All of it.
   * @param x queries of N sequences, `[N · T, width]` @param memory what they look at, `[N · S, width]`; x itself in
   * self-attention @param sequences N
   * @returns `[N · T, width]`
   */
  apply(params: Tree<Value>, x: Value, memory: Value, sequences: number, mask?: AttentionMask): Value;
}

/**
 *     A = softmax((x Wq + bq) (m Wk + bk)ᵀ / √k + mask),   y = (A (m Wv + bv)) Wo + bo          k = width / heads
 *
 * per head. Parameters are `q`, `k`, `v` and `out`, each a weight `[width, width]` and a bias. Weights start as in
 * fairseq: Xavier-uniform, of q, k and v with gain 1/√2; biases at 0.
 */
export function attention(width: number, heads: number): Attention {
  const input = linear(width, width, (key, shape) => xavierTensor(key, shape, Math.SQRT1_2));
  const output = linear(width, width, xavierTensor);
  const through = (params: Tree<Value>, name: string, from: Value): Value => affine(child(params, name), from);
  const byHead = (rows: Value, sequences: number): Value => splitHeads(rows, heads, rows.shape[0]! / sequences);
  const self: Attention = {
    init: (key) => ({ ...initAll({ q: input, k: input, v: input, out: output }, key), statistics: {} }),
    project: (params, memory) => ({ keys: through(params, "k", memory), values: through(params, "v", memory) }),
    split: ({ keys, values }, sequences) => ({ keys: byHead(keys, sequences), values: byHead(values, sequences) }),
    look(params, x, { keys, values }, sequences, mask = {}) {
      const queries = byHead(mul(through(params, "q", x), Math.sqrt(heads / width)), sequences);
      const weights = softmax(masked(matmul(queries, transposeMatrix(keys)), heads, mask), 2);
      return through(params, "out", mergeHeads(matmul(weights, values), heads));
    },
    apply: (params, x, memory, sequences, mask) =>
      self.look(params, x, self.split(self.project(params, memory), sequences), sequences, mask),
  };
  return self;
}

/** Scores `[N · heads, T, S]` with the mask's numbers added. */
function masked(scores: Value, heads: number, { keys, places }: AttentionMask): Value {
  const [all, , S] = scores.shape as [number, number, number];
  // Repeated for the heads while they are small, so that no array of four axes is needed.
  const open = keys
    ? add(scores, reshape(expand(reshape(keys, [all / heads, 1, S]), [all / heads, heads, S]), [all, 1, S]))
    : scores;
  return places ? add(open, places) : open;
}
