/** @file Sentence pairs as the arrays of a batch. */

import type { EncodedPairs } from "../../data/pairs/spelling.ts";
import { SPECIAL } from "../../data/text/dictionary.ts";
import { rowOf } from "../../data/text/ragged.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { tensor } from "../../tensor.ts";
import type { Bucket } from "./buckets.ts";
import { holds } from "./buckets.ts";

export interface PairArrays {
  /** `[N, S]` ids, padded on the right. */
  readonly source: Tensor;
  /** `[N, S]` 1 where there is a piece, else 0. */
  readonly sourceReal: Tensor;
  /** `[N, T]` what the decoder reads: `</s>`, then the target without its last piece. */
  readonly previous: Tensor;
  /** `[N, T]` ids, `</s>` at the end, padded on the right. */
  readonly target: Tensor;
  /** `[N, T]` 1 where there is a target piece, else 0: its sum is the number of tokens. */
  readonly real: Tensor;
}

/**
 * Arrays of the pairs at some positions. Rows that are left in the bucket are padding, without a single token.
 * @throws ShapeError for more pairs than the bucket has rows, and for a pair that is longer than it
 */
export function pairArrays(pairs: EncodedPairs, positions: Uint32Array, bucket: Bucket): PairArrays {
  const { source: S, target: T, size: N } = bucket;
  if (positions.length > N) throw new ShapeError(`batch: expected at most ${N} pairs, got ${positions.length}`);
  const source = new Int32Array(N * S).fill(SPECIAL.pad);
  const previous = new Int32Array(N * T).fill(SPECIAL.pad);
  const target = new Int32Array(N * T).fill(SPECIAL.pad);
  const sourceReal = new Float32Array(N * S);
  const real = new Float32Array(N * T);
  for (const [n, position] of positions.entries()) {
    const [from, to] = [rowOf(pairs.source, position), rowOf(pairs.target, position)];
    if (!holds(bucket, { source: from.length, target: to.length })) {
      throw new ShapeError(
        `batch: pair ${position} has ${from.length} and ${to.length} pieces, its bucket ${S} and ${T} places`,
      );
    }
    source.set(from, n * S);
    sourceReal.fill(1, n * S, n * S + from.length);
    previous[n * T] = SPECIAL.eos;
    previous.set(to.subarray(0, -1), n * T + 1);
    target.set(to, n * T);
    real.fill(1, n * T, n * T + to.length);
  }
  return {
    source: tensor(source, [N, S]),
    sourceReal: tensor(sourceReal, [N, S]),
    previous: tensor(previous, [N, T]),
    target: tensor(target, [N, T]),
    real: tensor(real, [N, T]),
  };
}
