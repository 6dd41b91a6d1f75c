/** @file The graphs of decoding: reading sources, one token more, and moving to other shapes. */

import { traceNamed } from "../graph/named.ts";
import type { Value } from "../graph/value.ts";
import type { Generator } from "../models/student.ts";
import { gather } from "../ops/gather.ts";
import { pad, reshape } from "../ops/movement.ts";
import { simplified } from "../ops/simplify.ts";
import type { Spec } from "../tensor.ts";
import { float, int, sizeOf } from "../tensor.ts";
import type { Arrays, Tree } from "../tree.ts";
import { leaves, mapTree, unflatten } from "../tree.ts";

/** Arrays of a decoding: `source` from the student's `encode`, `cache` of its earlier tokens. */
export interface Kept<T> {
  readonly source: Tree<T>;
  readonly cache: Tree<T>;
}

/** Sources, read once. @param inputs of the student, `[N, S]` each */
export const encodeGraph = (student: Generator, params: Tree<Spec>, inputs: Arrays<Spec>) =>
  simplified(traceNamed((x) => ({ source: student.encode(x.params as Tree<Value>, x.inputs) }), { params, inputs }));

export interface StepInputs<T> extends Kept<T> {
  readonly params: Tree<T>;
  /** `[R]` the token before. */
  readonly last: T;
  /** `[R]` the row of the cache that each row continues. */
  readonly rows: T;
  /** `[1]` tokens of each sequence. */
  readonly length: T;
}

/** ln p `[R, V]` of one token more of R sequences, and the cache with the token before. */
export const stepGraph = (student: Generator, params: Tree<Spec>, { source, cache }: Kept<Spec>, R: number) =>
  simplified(
    traceNamed(
      (x) => {
        const { params, source, cache, rows, last, length } = x as unknown as StepInputs<Value>;
        const after = student.next(
          params,
          source,
          mapTree(cache, (kept) => picked(kept, rows)),
          last,
          length,
        );
        return { logs: after.logProbabilities, cache: after.cache };
      },
      { params, source, cache, last: int([R]), rows: int([R]), length: float([1]) },
    ),
  );

/**
 * Arrays of other numbers of sentences and with more room.
 * @param kept as they are @param cache as it shall be @param counts of sentences, before and after
 */
export const moveGraph = (kept: Kept<Spec>, cache: Tree<Spec>, counts: readonly [from: number, to: number]) =>
  simplified(
    traceNamed(
      (x) => {
        const { source, cache: old, sentences, rows } = x as unknown as MoveInputs<Value>;
        const wide = leaves(old).map((array, i) => widened(picked(array, rows), leaves(cache)[i]!.shape));
        return {
          source: mapTree(source, (array) => groupsPicked(array, sentences, counts[0])),
          cache: unflatten(cache, wide),
        };
      },
      { ...kept, sentences: int([counts[1]]), rows: int([leaves(cache)[0]!.shape[0]!]) },
    ),
  );

export interface MoveInputs<T> extends Kept<T> {
  /** `[to]` which sentences stay. */
  readonly sentences: T;
  /** `[R]` which rows of the cache stay. */
  readonly rows: T;
}

/** Rows of an array of any rank. */
const picked = (x: Value, rows: Value): Value => groupsPicked(x, rows, x.shape[0]!);

/** Groups of rows: x `[groups · m, …]` at index `[n]` → `[n · m, …]`. */
function groupsPicked(x: Value, index: Value, groups: number): Value {
  const [rows, ...rest] = x.shape as [number, ...number[]];
  const flat = gather(reshape(x, [groups, sizeOf(x.shape) / groups]), index);
  return reshape(flat, [(rows / groups) * index.shape[0]!, ...rest]);
}

/** x with zeros at the end of each axis, up to these extents. */
const widened = (x: Value, shape: readonly number[]): Value =>
  pad(x, { low: shape.map(() => 0), high: shape.map((extent, axis) => extent - x.shape[axis]!) });
