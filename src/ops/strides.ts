/** @file Index arithmetic shared by shape rules and float64 evaluations. */

import { ShapeError } from "../errors.ts";

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/**
 * Calls `visit(out, offset)` for each index of `shape` in row-major order, where `out` counts up from 0 and
 * `offset` = `start` + Σ index[axis] · `strides`[axis].
 */
export function walk(
  shape: readonly number[],
  strides: readonly number[],
  start: number,
  visit: (out: number, offset: number) => void,
): void {
  const rank = shape.length;
  const index = new Array<number>(rank).fill(0);
  const count = shape.reduce((product, extent) => product * extent, 1);
  let offset = start;
  for (let out = 0; out < count; out++) {
    visit(out, offset);
    for (let axis = rank - 1; axis >= 0; axis--) {
      offset += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      offset -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/** Strides that read an array of shape `from` as if expanded to `to`: 0 along axes where `from` has extent 1. */
export function expandedStrides(from: readonly number[], to: readonly number[]): number[] {
  const strides = stridesOf(from);
  return to.map((extent, axis) => (from[axis] === extent ? strides[axis]! : 0));
}

/** @throws ShapeError unless `axes` are distinct, ascending and in [0, rank) */
export function checkAxes(op: string, axes: readonly number[], rank: number): void {
  axes.forEach((axis, i) => {
    if (!Number.isInteger(axis) || axis < 0 || axis >= rank || (i > 0 && axis <= axes[i - 1]!)) {
      throw new ShapeError(`${op}: expected distinct ascending axes in [0, ${rank}), got [${axes.join(",")}]`);
    }
  });
}

/** A shape as text, for messages: `[2,3]`. */
export const show = (shape: readonly number[]): string => `[${shape.join(",")}]`;
