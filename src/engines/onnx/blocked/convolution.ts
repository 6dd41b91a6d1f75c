/**
 * @file Equations that run as one blocked convolution node: conv2d, conv2dInputGrad, and selections of pixels and
 * channels. The node can also scale its result per channel, add an offset and a whole array, and apply a ReLU.
 */

import type { Value } from "../../../graph/value.ts";
import { expand } from "../../../ops/broadcast.ts";
import type { Phases } from "../../../ops/convolution-phases.ts";
import { phasesOf } from "../../../ops/convolution-phases.ts";
import { mul } from "../../../ops/elementwise.ts";
import { reshape } from "../../../ops/movement.ts";
import { backwardKernel, forwardKernel, selectionKernel } from "./kernels.ts";
import type { Layouts } from "./layouts.ts";
import { blockedNode, fitsBlocks, quadOf } from "./layouts.ts";
import { selectionOf } from "./selection.ts";

/** Operations that a node applies to its result: relu(result + offset + sum). */
export interface Finish {
  /** `[1, C, 1, 1]` */
  readonly offset?: Value | undefined;
  /** Name of a blocked array. The result overwrites it if nothing reads it later. */
  readonly sum?: string | undefined;
  readonly relu?: boolean | undefined;
}

type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

/** A convolution node without its finish. With `stride` > 1, its channels hold the stride² phases of an image. */
export interface Convolution {
  readonly image: string;
  readonly kernel: string;
  readonly attributes: Attributes;
  readonly stride: number;
}

const attr = (value: Value, name: string): number => value.attrs[name] as number;

function phases(value: Value): { rows: Phases; columns: Phases; stride: number } | undefined {
  const [g, w] = value.inputs as [Value, Value];
  const [stride, pad] = [attr(value, "stride"), attr(value, "pad")];
  const axis = (i: 2 | 3): Phases | undefined => phasesOf(value.shape[i]!, g.shape[i]!, w.shape[i]!, stride, pad);
  const [rows, columns] = [axis(2), axis(3)];
  return rows && columns && { rows, columns, stride };
}

/** Whether a convolution's result is computed in blocked memory, whatever the memory of its operands. */
export function runsBlocked(value: Value, block: number): boolean {
  const [x, w] = value.inputs;
  if (value.op === "conv2d") return fitsBlocks(value, block) && (fitsBlocks(x!, block) || w!.shape[1]! < block);
  return (
    value.op === "conv2dInputGrad" && fitsBlocks(value, block) && fitsBlocks(x!, block) && phases(value) !== undefined
  );
}

/** @param scale factor per channel of the result, `[1, C, 1, 1]`, folded into the kernel; ignored for selections */
export function convolutionOf(layouts: Layouts, value: Value, scale: Value | undefined): Convolution {
  const { builder: g, block } = layouts;
  if (value.op === "slice" || value.op === "pad") return selection(layouts, value);
  const [x, w] = value.inputs as [Value, Value];
  const shape = quadOf(w);
  const pad = attr(value, "pad");
  if (value.op === "conv2d") {
    const stride = attr(value, "stride");
    const weight = layouts.plain(scaled(w, scale && reshape(scale, [shape[0], 1, 1, 1])));
    const attributes = { kernel_shape: shape.slice(2), strides: [stride, stride], pads: [pad, pad, pad, pad] };
    const image = shape[1] < block ? layouts.plain(x) : layouts.blocked(x);
    return { image, kernel: forwardKernel(g, weight, shape, block), attributes, stride: 1 };
  }
  const { rows, columns, stride } = phases(value)!;
  const kernel = backwardKernel(g, layouts.plain(scaled(w, scale)), shape, { rows, columns, stride }, block);
  const around = [rows.before, columns.before, rows.after, columns.after];
  const attributes = { kernel_shape: [rows.taps, columns.taps], pads: around };
  return { image: layouts.blocked(x), kernel, attributes, stride };
}

const scaled = (w: Value, factor: Value | undefined): Value => (factor ? mul(w, expand(factor, w.shape)) : w);

function selection(layouts: Layouts, value: Value): Convolution {
  const { image, strides, source, spread } = selectionOf(value, layouts.isAbsorbed);
  const [C, O] = [quadOf(image)[1], quadOf(value)[1]];
  // In a spread result only the first phase holds pixels; the others are zero.
  const chosen = (channel: number): number | undefined => (channel < O ? source(channel) : undefined);
  const kernel = selectionKernel(layouts.builder, [spread * spread * O, C], chosen, layouts.block);
  return { image: layouts.blocked(image), kernel, attributes: { kernel_shape: [1, 1], strides }, stride: spread };
}

/** Adds the node to the model. @returns the name of its result */
export function convolve(layouts: Layouts, { image, kernel, attributes }: Convolution, finish: Finish = {}): string {
  const { offset, sum, relu } = finish;
  const inputs = [image, kernel];
  if (offset) inputs.push(layouts.plain(reshape(offset, [offset.shape[1]!])));
  if (sum) inputs.push(...(offset ? [] : [""]), sum);
  return blockedNode(layouts.builder, "Conv", inputs, {
    attributes: { ...attributes, ...(relu ? { activation: "Relu" } : {}) },
  });
}

/** scale · x, then `finish`, as a depthwise convolution with a 1×1 kernel: the fastest way to scale per channel. */
export function depthwise(
  layouts: Layouts,
  x: string,
  channels: number,
  scale: Value | undefined,
  finish: Finish,
): string {
  const { builder: g } = layouts;
  const kernel = scale
    ? layouts.plain(reshape(scale, [channels, 1, 1, 1]))
    : g.floats(new Array<number>(channels).fill(1), [channels, 1, 1, 1]);
  return convolve(
    layouts,
    { image: x, kernel, attributes: { kernel_shape: [1, 1], group: channels }, stride: 1 },
    finish,
  );
}
