/**
 * @file Ops that change extents: `expand` repeats an array along axes of extent 1, `sum` reduces axes to extent 1. Each
 * is the other's transpose. `fill` makes constant arrays.
 */

import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import type { Spec } from "../tensor.ts";
import { sameShape, sizeOf } from "../tensor.ts";
import { apply, defineOp, expectDtype, result } from "./define.ts";
import { reshape } from "./movement.ts";
import { checkAxes, expandedStrides, show, walk } from "./strides.ts";

const fillOp = defineOp({
  name: "fill",
  torch: "repeat",
  kind: "constant",
  infer: (_inputs, { shape }: { value: number; shape: readonly number[] }) => ({ shape, dtype: "float" }),
  evaluate: (_inputs, { value }, spec) => result(spec, new Float64Array(sizeOf(spec.shape)).fill(value)),
  onnx: (g, { attrs }) =>
    attrs.shape.length === 0
      ? g.floats([attrs.value], [])
      : g.node("Expand", [g.floats([attrs.value], []), g.ints(attrs.shape)]),
});

/** An array that holds one number everywhere; by default a scalar. */
export function fill(value: number, shape: readonly number[] = []): Value {
  return apply(fillOp, [], { value, shape });
}

const expandOp = defineOp({
  name: "expand",
  torch: "repeat",
  kind: "linear",
  infer([x], { shape }: { shape: readonly number[] }) {
    if (x!.shape.length !== shape.length || x!.shape.some((extent, axis) => extent !== 1 && extent !== shape[axis])) {
      throw new ShapeError(`expand: expected extents of 1 or those of ${show(shape)}, got x ${show(x!.shape)}`);
    }
    return { shape, dtype: x!.dtype };
  },
  evaluate([x], _attrs, spec) {
    const data = new Float64Array(sizeOf(spec.shape));
    walk(spec.shape, expandedStrides(x!.shape, spec.shape), 0, (out, offset) => {
      data[out] = x!.data[offset]!;
    });
    return result(spec, data);
  },
  transpose: (ct, [x]) => [sum(ct, expandedAxes(x!.shape, ct.shape))],
  onnx: (g, { inputs, attrs }) => g.node("Expand", [inputs[0]!, g.ints(attrs.shape)]),
});

function expandedAxes(from: readonly number[], to: readonly number[]): number[] {
  return to.flatMap((extent, axis) => (from[axis] === extent ? [] : [axis]));
}

/**
 * Repeats x along axes of extent 1 until it has `shape`; missing leading axes count as 1 (NumPy's rule).
 * @throws ShapeError where extents are neither equal nor 1
 */
export function expand(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const missing = Math.max(0, shape.length - x.shape.length);
  const aligned = reshape(x, [...new Array<number>(missing).fill(1), ...x.shape]);
  return sameShape(aligned.shape, shape) ? aligned : apply(expandOp, [aligned], { shape });
}

/** The axes of a reduction. They stay in the result, with extent 1. */
export interface ReductionAttrs {
  readonly axes: readonly number[];
  readonly [name: string]: readonly number[];
}

/** The spec of a reduction's result. @throws DtypeError for integers, ShapeError for invalid axes */
export function inferReduction(op: string, x: Spec, axes: readonly number[]): Spec {
  expectDtype(op, "float", x);
  checkAxes(op, axes, x.shape.length);
  return { shape: x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)), dtype: "float" };
}

const sumOp = defineOp({
  name: "sum",
  torch: "sum",
  kind: "linear",
  infer: ([x], { axes }: ReductionAttrs) => inferReduction("sum", x!, axes),
  evaluate([x], _attrs, spec) {
    const data = new Float64Array(sizeOf(spec.shape));
    walk(x!.shape, expandedStrides(spec.shape, x!.shape), 0, (from, offset) => {
      data[offset]! += x!.data[from]!;
    });
    return result(spec, data);
  },
  transpose: (ct, [x]) => [expand(ct, x!.shape)],
  onnx: (g, { inputs, attrs }) =>
    g.node("ReduceSum", [inputs[0]!, g.ints(attrs.axes)], { attributes: { keepdims: 1 } }),
});

/** Sum along `axes` (default: all), which stay with extent 1; `sumAll` drops them. */
export function sum(x: Value, axes: readonly number[] = x.shape.map((_, axis) => axis)): Value {
  return axes.length === 0 ? x : apply(sumOp, [x], { axes });
}

/** Sum of all elements, as a scalar. */
export function sumAll(x: Value): Value {
  return reshape(sum(x), []);
}

/** The shape that two shapes broadcast to. @throws ShapeError if they do not */
export function broadcastShape(op: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const fromA = a[axis - rank + a.length] ?? 1;
    const fromB = b[axis - rank + b.length] ?? 1;
    if (fromA !== fromB && fromA !== 1 && fromB !== 1) {
      throw new ShapeError(`${op}: expected shapes that broadcast, got a ${show(a)} and b ${show(b)}`);
    }
    return fromA === 1 ? fromB : fromA;
  });
}

export const broadcastOps = [fillOp, expandOp, sumOp] as const;
