/**
 * @file Kernels of blocked convolutions. Memory of a kernel `[O, C, KH, KW]`: `[O/B, C/B, KH, KW, B of C, B of O]`, or
 * `[O/B, C, KH, KW, B of O]` when the image is plain because it has fewer than B channels.
 */

import type { Phases } from "../../../ops/convolution-phases.ts";
import { phaseTaps } from "../../../ops/convolution-phases.ts";
import type { ModelBuilder } from "../builder.ts";
import type { Quad } from "./layouts.ts";

function rearrange(
  g: ModelBuilder,
  w: string,
  parts: readonly number[],
  perm: readonly number[],
  shape: readonly number[],
): string {
  const apart = g.node("Reshape", [w, g.ints(parts)]);
  return g.node("Reshape", [g.node("Transpose", [apart], { attributes: { perm } }), g.ints(shape)]);
}

/** Reorders w `[O, C, KH, KW]`, plain, to the kernel of a convolution of x. */
export function forwardKernel(g: ModelBuilder, w: string, [O, C, KH, KW]: Quad, block: number): string {
  if (C < block) return rearrange(g, w, [O / block, block, C, KH, KW], [0, 2, 3, 4, 1], [O, C, KH, KW]);
  return rearrange(g, w, [O / block, block, C / block, block, KH, KW], [0, 2, 4, 5, 3, 1], [O, C, KH, KW]);
}

/**
 * Reorders w `[O, C, KH, KW]`, plain, to the kernel `[stride² · C, O, taps, taps]` of a convolution of g whose result
 * holds all phases of dx.
 */
export function backwardKernel(
  g: ModelBuilder,
  w: string,
  [O, C, KH, KW]: Quad,
  { rows, columns, stride }: { rows: Phases; columns: Phases; stride: number },
  block: number,
): string {
  const taps = phaseTaps(rows, columns, stride, [KH, KW]);
  const phases = stride * stride;
  let flat = g.node("Reshape", [w, g.ints([O, C, KH * KW])]);
  if (taps.includes(KH * KW)) flat = g.node("Pad", [flat, g.ints([0, 0, 0, 0, 0, 1])]);
  if (taps.length > 1) flat = g.node("Gather", [flat, g.ints(taps)], { attributes: { axis: 2 } });
  const parts = [O / block, block, C / block, block, phases, taps.length / phases];
  return rearrange(g, flat, parts, [4, 2, 0, 5, 1, 3], [phases * C, O, rows.taps, columns.taps]);
}

/**
 * A constant 1×1 kernel `[O, C, 1, 1]`. Result channel o copies channel `source(o)`, or is zero if that is undefined.
 */
export function selectionKernel(
  g: ModelBuilder,
  [O, C]: readonly [number, number],
  source: (o: number) => number | undefined,
  block: number,
): string {
  const numbers = new Array<number>(O * C).fill(0);
  for (let o = 0; o < O; o++) {
    const c = source(o);
    if (c === undefined) continue;
    const [ob, cb] = [Math.floor(o / block), Math.floor(c / block)];
    numbers[((ob * (C / block) + cb) * block + (c % block)) * block + (o % block)] = 1;
  }
  return g.floats(numbers, [O, C, 1, 1]);
}
