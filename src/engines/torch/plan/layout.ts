/** @file Memory order. Images `[N, C, H, W]` are stored channels-last, `[N, H, W, C]`; everything else as its shape says. */

import { sizeOf } from "../../../tensor.ts";

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

/** What a loop over an array's memory runs through: its extents in memory order, without those of 1. */
export function domainOf(shape: Shape): number[] {
  return inMemory(shape, shape);
}

/** Whether memory order is the order of the shape. */
export function isRowMajor(shape: Shape): boolean {
  return shape.length !== 4 || shape[1] === 1 || shape[2]! * shape[3]! === 1;
}

/** Whether two shapes put the same elements into the same domain. */
export function sameDomain(a: Shape, b: Shape): boolean {
  return domainOf(a).join() === domainOf(b).join();
}

/** Arrays below this many elements stay in a core's cache between two passes: what matters there is how few passes there are. */
const LARGE = 1 << 16;

export const isLarge = (shape: Shape): boolean => sizeOf(shape) >= LARGE;
