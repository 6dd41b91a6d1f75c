/** @file Operations that move elements without computing: reshape, transpose, slice, pad, concat. All linear. */

import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import type { Spec } from "../tensor.ts";
import { sameShape, sizeOf } from "../tensor.ts";
import type { NdArray } from "./define.ts";
import { apply, defineOp, expectDtype, result } from "./define.ts";
import { show, stridesOf, walk } from "./strides.ts";

const reshapeOp = defineOp({
  name: "reshape",
  torch: "view",
  kind: "linear",
  infer([x], { shape }: { shape: readonly number[] }) {
    if (sizeOf(shape) !== sizeOf(x!.shape)) {
      throw new ShapeError(
        `reshape: expected ${sizeOf(x!.shape)} elements (from x ${show(x!.shape)}), got ${show(shape)}`,
      );
    }
    return { shape, dtype: x!.dtype };
  },
  evaluate: ([x], { shape }): NdArray => ({ ...x!, shape }),
  transpose: (ct, [x]) => [reshape(ct, x!.shape)],
  onnx: (g, { inputs, attrs }) => g.node("Reshape", [inputs[0]!, g.ints(attrs.shape)]),
});

/** The same elements, in row-major order, under another shape. */
export function reshape(x: Value, shape: readonly number[]): Value {
  return sameShape(x.shape, shape) ? x : apply(reshapeOp, [x], { shape });
}

const transposeOp = defineOp({
  name: "transpose",
  torch: "row",
  kind: "linear",
  infer([x], { axes }: { axes: readonly number[] }) {
    const rank = x!.shape.length;
    if (axes.length !== rank || new Set(axes).size !== rank || axes.some((axis) => axis < 0 || axis >= rank)) {
      throw new ShapeError(`transpose: expected a permutation of ${rank} axes, got ${show(axes)}`);
    }
    return { shape: axes.map((axis) => x!.shape[axis]!), dtype: x!.dtype };
  },
  evaluate([x], { axes }, spec) {
    const strides = stridesOf(x!.shape);
    const data = new Float64Array(x!.data.length);
    walk(
      spec.shape,
      axes.map((axis) => strides[axis]!),
      0,
      (out, offset) => {
        data[out] = x!.data[offset]!;
      },
    );
    return result(spec, data);
  },
  transpose: (ct, _inputs, { axes }) => [
    transpose(
      ct,
      axes.map((_, axis) => axes.indexOf(axis)),
    ),
  ],
  onnx: (g, { inputs, attrs }) => g.node("Transpose", [inputs[0]!], { attributes: { perm: attrs.axes } }),
});

/** Permutes axes: result axis i is operand axis `axes[i]`. */
export function transpose(x: Value, axes: readonly number[]): Value {
  return axes.every((axis, i) => axis === i) && axes.length === x.shape.length ? x : apply(transposeOp, [x], { axes });
}

interface SliceAttrs {
  readonly start: readonly number[];
  readonly size: readonly number[];
  readonly step: readonly number[];
  readonly [name: string]: readonly number[];
}

/** Zeros that `pad` must add on each side to undo a slice, given the operand's shape. */
function padsOfSlice({ start, size, step }: SliceAttrs, shape: readonly number[]): { low: number[]; high: number[] } {
  const reach = size.map((count, axis) => (count - 1) * step[axis]! + 1);
  return { low: [...start], high: shape.map((extent, axis) => extent - start[axis]! - reach[axis]!) };
}

const sliceOp = defineOp({
  name: "slice",
  torch: "row",
  kind: "linear",
  infer([x], attrs: SliceAttrs) {
    const { low, high } = padsOfSlice(attrs, x!.shape);
    const valid = [attrs.start, attrs.size, attrs.step].every((list) => list.length === x!.shape.length);
    if (
      !valid ||
      [...low, ...high].some((pad) => pad < 0) ||
      attrs.size.some((n) => n < 1) ||
      attrs.step.some((s) => s < 1)
    ) {
      throw new ShapeError(
        `slice: expected a window inside x ${show(x!.shape)}, got start ${show(attrs.start)}, size ${show(attrs.size)}, step ${show(attrs.step)}`,
      );
    }
    return { shape: attrs.size, dtype: x!.dtype };
  },
  evaluate([x], { start, step }, spec) {
    const strides = stridesOf(x!.shape);
    const data = new Float64Array(sizeOf(spec.shape));
    const first = start.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
    walk(
      spec.shape,
      strides.map((stride, axis) => stride * step[axis]!),
      first,
      (out, offset) => {
        data[out] = x!.data[offset]!;
      },
    );
    return result(spec, data);
  },
  transpose(ct, [x], attrs) {
    const { low, high } = padsOfSlice(attrs, x!.shape);
    return [pad(ct, { low, high, interior: attrs.step.map((step) => step - 1) })];
  },
  onnx(g, { inputs, attrs, specs }) {
    const axes = attrs.start.map((_, axis) => axis).filter((axis) => attrs.size[axis] !== specs[0]!.shape[axis]);
    if (axes.length === 0) return g.node("Identity", inputs);
    const at = (list: readonly number[]): string => g.ints(axes.map((axis) => list[axis]!));
    const ends = attrs.start.map((start, axis) => start + (attrs.size[axis]! - 1) * attrs.step[axis]! + 1);
    return g.node("Slice", [inputs[0]!, at(attrs.start), at(ends), g.ints(axes), at(attrs.step)]);
  },
});

/**
 * A strided window: element i of the result is element `start + i · step` of x, along each axis.
 * @param window `start` defaults to 0, `step` to 1; `size` counts result elements
 */
export function slice(
  x: Value,
  window: { readonly start?: readonly number[]; readonly size: readonly number[]; readonly step?: readonly number[] },
): Value {
  const start = window.start ?? x.shape.map(() => 0);
  const step = window.step ?? x.shape.map(() => 1);
  const whole = sameShape(window.size, x.shape) && start.every((at) => at === 0) && step.every((by) => by === 1);
  return whole ? x : apply(sliceOp, [x], { start, size: window.size, step });
}

interface PadAttrs {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly [name: string]: readonly number[];
}

const padOp = defineOp({
  name: "pad",
  torch: "row",
  kind: "linear",
  infer([x], { low, high, interior }: PadAttrs) {
    expectDtype("pad", "float", x!);
    const rank = x!.shape.length;
    if ([low, high, interior].some((list) => list.length !== rank || list.some((n) => n < 0))) {
      throw new ShapeError(
        `pad: expected ${rank} non-negative counts each, got low ${show(low)}, high ${show(high)}, interior ${show(interior)}`,
      );
    }
    return {
      shape: x!.shape.map((extent, axis) => low[axis]! + (extent - 1) * (interior[axis]! + 1) + 1 + high[axis]!),
      dtype: "float",
    };
  },
  evaluate([x], { low, interior }, spec) {
    const strides = stridesOf(spec.shape);
    const data = new Float64Array(sizeOf(spec.shape));
    const first = low.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
    walk(
      x!.shape,
      strides.map((stride, axis) => stride * (interior[axis]! + 1)),
      first,
      (from, offset) => {
        data[offset] = x!.data[from]!;
      },
    );
    return result(spec, data);
  },
  transpose: (ct, [x], { low, interior }) => [
    slice(ct, { start: low, size: x!.shape, step: interior.map((count) => count + 1) }),
  ],
  onnx(g, { inputs, specs, attrs }) {
    const { low, high, interior } = attrs;
    let x = inputs[0]!;
    let shape = specs[0]!.shape;
    if (interior.some((count) => count > 0)) {
      // Zeros between elements: add an axis of extent 1 after each axis, pad it, merge both, cut the excess at the end.
      x = g.node("Reshape", [x, g.ints(shape.flatMap((extent) => [extent, 1]))]);
      x = g.node("Pad", [x, g.ints([...shape.flatMap(() => [0, 0]), ...interior.flatMap((count) => [0, count])])]);
      x = g.node("Reshape", [x, g.ints(shape.map((extent, axis) => extent * (interior[axis]! + 1)))]);
      shape = shape.map((extent, axis) => extent * (interior[axis]! + 1));
    }
    const cut = high.map((count, axis) => count - interior[axis]!);
    return g.node("Pad", [x, g.ints([...low, ...cut])]);
  },
});

/** Surrounds x with zeros: `low` before, `high` after, `interior` between neighbours, along each axis. */
export function pad(
  x: Value,
  counts: { readonly low: readonly number[]; readonly high: readonly number[]; readonly interior?: readonly number[] },
): Value {
  const interior = counts.interior ?? x.shape.map(() => 0);
  const all = [...counts.low, ...counts.high, ...interior];
  return all.every((n) => n === 0) ? x : apply(padOp, [x], { low: counts.low, high: counts.high, interior });
}

const concatOp = defineOp({
  name: "concat",
  torch: "row",
  kind: "linear",
  infer(inputs: readonly Spec[], { axis }: { axis: number }) {
    const [first, ...rest] = inputs;
    const fits = (spec: Spec): boolean =>
      spec.shape.length === first!.shape.length && spec.shape.every((n, i) => i === axis || n === first!.shape[i]);
    const odd = rest.find((spec) => !fits(spec));
    if (odd)
      throw new ShapeError(`concat: expected ${show(first!.shape)} but for axis ${axis}, got ${show(odd.shape)}`);
    const total = inputs.reduce((sum, spec) => sum + spec.shape[axis]!, 0);
    return { shape: first!.shape.map((extent, i) => (i === axis ? total : extent)), dtype: first!.dtype };
  },
  evaluate(inputs, { axis }, spec) {
    const data = new Float64Array(sizeOf(spec.shape));
    const strides = stridesOf(spec.shape);
    let at = 0;
    for (const x of inputs) {
      walk(x.shape, strides, at * strides[axis]!, (from, offset) => {
        data[offset] = x.data[from]!;
      });
      at += x.shape[axis]!;
    }
    return result(spec, data);
  },
  transpose(ct, inputs, { axis }) {
    let at = 0;
    return inputs.map((spec) => {
      const start = spec.shape.map((_, i) => (i === axis ? at : 0));
      at += spec.shape[axis]!;
      return slice(ct, { start, size: spec.shape });
    });
  },
  onnx: (g, { inputs, attrs }) => g.node("Concat", inputs, { attributes: { axis: attrs.axis } }),
});

/** Joins arrays along one axis. */
export function concat(inputs: readonly Value[], axis: number): Value {
  return inputs.length === 1 ? inputs[0]! : apply(concatOp, inputs, { axis });
}

export const movementOps = [reshapeOp, transposeOp, sliceOp, padOp, concatOp] as const;
