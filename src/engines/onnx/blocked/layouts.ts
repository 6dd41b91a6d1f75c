/**
 * @file The blocked layout (NCHWc): a value of shape `[N, C, H, W]` has the memory `[N, C/B, H, W, B]`, B channels
 * together. onnxruntime's vectorised convolutions of the domain `com.microsoft.nchwc` read and write it. ONNX still
 * sees the shape `[N, C, H, W]`, so elementwise operations need no rule of their own.
 */

import type { Value } from "../../../graph/value.ts";
import type { OnnxNodeOptions } from "../../../ops/define.ts";
import { sameShape } from "../../../tensor.ts";
import type { Spec } from "../../../tensor.ts";
import type { ModelBuilder } from "../builder.ts";

/** The emitter's interface for the lowering rules of blocked values. */
export interface Layouts {
  readonly builder: ModelBuilder;
  /** B: channels in a block. */
  readonly block: number;
  readonly threads: number;
  /** The name of a value in plain memory, converted if it is blocked. */
  readonly plain: (value: Value) => string;
  /** The name of a value in blocked memory, converted if it is plain. */
  readonly blocked: (value: Value) => string;
  readonly isBlocked: (value: Value) => boolean;
  /** Whether the value's only user computes it, so that it is never stored. */
  readonly isAbsorbed: (value: Value) => boolean;
  /** Whether `at` is the value's last reader and may overwrite it. */
  readonly diesAt: (value: Value, at: Value) => boolean;
}

/** The four extents of an image or kernel. */
export type Quad = readonly [number, number, number, number];

export const quadOf = (value: Spec): Quad => value.shape as unknown as Quad;

/** Whether a value can be blocked: a float image whose channels are a multiple of `block`. */
export function fitsBlocks({ shape, dtype }: Spec, block: number): boolean {
  return dtype === "float" && shape.length === 4 && shape[1]! % block === 0;
}

/** With one pixel, blocked and plain memory are the same. */
const isSame = ({ shape }: Spec): boolean => shape[2] === 1 && shape[3] === 1;

/** Adds a node of the blocked domain. */
export function blockedNode(
  g: ModelBuilder,
  op: string,
  inputs: readonly string[],
  options: OnnxNodeOptions = {},
): string {
  return g.node(op, inputs, { ...options, domain: "com.microsoft.nchwc" });
}

/** Converts a value from blocked to plain memory. @returns the name of the result */
export function toPlain(g: ModelBuilder, name: string, value: Value): string {
  return isSame(value) ? name : blockedNode(g, "ReorderOutput", [name], { attributes: { channels: value.shape[1]! } });
}

/** Converts a value from plain to blocked memory. @returns the name of the result */
export function toBlocked(g: ModelBuilder, name: string, value: Value): string {
  return isSame(value) ? name : blockedNode(g, "ReorderInput", [name]);
}

/** An `expand` or `fill` in blocked memory, made there directly if possible, not converted from plain memory. */
export function repeatBlocked({ builder: g, block, plain }: Layouts, value: Value): string {
  if (value.op === "fill") return plain(value);
  const [small] = value.inputs as [Value];
  const [N, C, H, W] = quadOf(value);
  const [n, c] = quadOf(small);
  if (sameShape(small.shape, [n, 1, 1, 1])) return g.node("Expand", [plain(small), g.ints([N, C, H, W])]);
  if (!sameShape(small.shape, [n, c, 1, 1])) return toBlocked(g, plain(value), value);
  const rows = g.node("Reshape", [plain(small), g.ints([n, C / block, 1, block])]);
  const all = g.node("Expand", [rows, g.ints([N, C / block, H * W, block])]);
  return g.node("Reshape", [all, g.ints([N, C, H, W])]);
}

/** Operand of a broadcasting operation: a `fill` and one number per example stay unrepeated. */
export function broadcastBlocked(layouts: Layouts, value: Value): string {
  if (value.op === "fill") return layouts.builder.floats([value.attrs["value"] as number], []);
  const small = value.op === "expand" ? value.inputs[0]! : value;
  const isPerExample = value.op === "expand" && small.shape.slice(1).every((extent) => extent === 1);
  return isPerExample ? layouts.plain(small) : layouts.blocked(value);
}
