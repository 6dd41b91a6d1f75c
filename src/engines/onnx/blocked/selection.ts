/**
 * @file Slices and pads as 1×1 convolutions with constant kernels of zeros and ones: strided windows, ranges of
 * channels, zero channels, and zeros between pixels. Parameter-free shortcuts of residual networks and their cotangents
 * consist of them.
 */

import type { Value } from "../../../graph/value.ts";
import { fitsBlocks, quadOf } from "./layouts.ts";

type Counts = readonly number[];

const counts = (value: Value, name: string): Counts => value.attrs[name] as Counts;

/** Whether a slice takes every `step`-th pixel from the first one on, and a contiguous range of channels. */
function slices(value: Value): boolean {
  const [start, step, size] = [counts(value, "start"), counts(value, "step"), counts(value, "size")];
  const before = value.inputs[0]!.shape;
  const every = [2, 3].every((axis) => start[axis] === 0 && size[axis] === Math.ceil(before[axis]! / step[axis]!));
  return every && size[0] === before[0] && step[1] === 1;
}

/** Whether a pad adds only zero channels, or zeros between and after pixels. */
function pads(value: Value): boolean {
  const [low, high, interior] = [counts(value, "low"), counts(value, "high"), counts(value, "interior")];
  const whole = low[0] === 0 && high[0] === 0 && interior[0] === 0 && interior[1] === 0;
  const apart = [2, 3].every((axis) => low[axis] === 0 && high[axis]! <= interior[axis]!);
  return whole && apart && interior[2] === interior[3];
}

/** Whether a slice or pad of a blocked value can run in blocked memory. */
export function selects(value: Value, block: number): boolean {
  if (!fitsBlocks(value, block) || !fitsBlocks(value.inputs[0]!, block)) return false;
  return (value.op === "slice" && slices(value)) || (value.op === "pad" && pads(value));
}

/** A selection of pixels and channels of an image. */
export interface Selection {
  readonly image: Value;
  /** Distance between the pixels that are read. */
  readonly strides: readonly [number, number];
  /** The image channel that a result channel copies; undefined for zeros. */
  readonly source: (channel: number) => number | undefined;
  /** Distance between the pixels that are written. */
  readonly spread: number;
}

/** The selection that a slice, a pad, or a pad with an absorbed slice performs. */
export function selectionOf(value: Value, isAbsorbed: (value: Value) => boolean): Selection {
  const [x] = value.inputs as [Value];
  if (value.op === "slice") {
    const first = counts(value, "start")[1]!;
    const [, , sh, sw] = counts(value, "step") as unknown as readonly [number, number, number, number];
    return { image: x, strides: [sh, sw], source: (channel) => channel + first, spread: 1 };
  }
  const inner: Selection =
    x.op === "slice" && isAbsorbed(x)
      ? selectionOf(x, isAbsorbed)
      : { image: x, strides: [1, 1], source: (channel) => channel, spread: 1 };
  const [low, C] = [counts(value, "low")[1]!, quadOf(x)[1]];
  const source = (channel: number): number | undefined =>
    channel >= low && channel < low + C ? inner.source(channel - low) : undefined;
  return { ...inner, source, spread: counts(value, "interior")[2]! + 1 };
}
