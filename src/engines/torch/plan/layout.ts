/** @file Memory order. Images `[N, C, H, W]` are stored channels-last, `[N, H, W, C]`; all else is row-major. */

import { sameShape, sizeOf } from "../../../tensor.ts";

type Shape = readonly number[];

/** Axes from the outermost in memory to the innermost. */
function memoryAxes(rank: number): readonly number[] {
  return rank === 4 ? [0, 2, 3, 1] : Array.from({ length: rank }, (_, axis) => axis);
}

/** One entry of `list` per axis, in memory order, without the axes along which `shape` has extent 1. */
export function inMemory<T>(shape: Shape, list: readonly T[]): T[] {
  return memoryAxes(shape.length)
    .filter((axis) => shape[axis] !== 1)
    .map((axis) => list[axis]!);
}

/** Of each shape, which many values share. */
const domains = new WeakMap<Shape, readonly number[]>();

/** The domain of a loop over an array's memory: its extents in memory order, without those of 1. */
export function domainOf(shape: Shape): readonly number[] {
  let domain = domains.get(shape);
  if (domain === undefined) domains.set(shape, (domain = inMemory(shape, shape)));
  return domain;
}

/** Whether memory order is the order of the axes. */
export function isRowMajor(shape: Shape): boolean {
  return shape.length !== 4 || shape[1] === 1 || shape[2]! * shape[3]! === 1;
}

/** Whether two shapes have the same domain, so that one loop runs over both. */
export function sameDomain(a: Shape, b: Shape): boolean {
  return a === b || sameShape(domainOf(a), domainOf(b));
}

/**
 * Arrays of fewer elements stay in a core's cache between two passes. Their cost is the number of passes, not the
 * memory traffic.
 */
const LARGE = 1 << 16;

export const isLarge = (shape: Shape): boolean => sizeOf(shape) >= LARGE;
