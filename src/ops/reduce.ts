/** @file Maximum and mean along axes. */

import type { Value } from "../graph/value.ts";
import { sizeOf } from "../tensor.ts";
import type { ReductionAttrs } from "./broadcast.ts";
import { expand, inferReduction, sum } from "./broadcast.ts";
import { apply, defineOp, result } from "./define.ts";
import { div, equal, mul } from "./elementwise.ts";
import { expandedStrides, walk } from "./strides.ts";

const maxOp = defineOp({
  name: "max",
  torch: "row",
  kind: "nonlinear",
  infer: ([x], { axes }: ReductionAttrs) => inferReduction("max", x!, axes),
  evaluate([x], _attrs, spec) {
    const data = new Float64Array(sizeOf(spec.shape)).fill(-Infinity);
    walk(x!.shape, expandedStrides(spec.shape, x!.shape), 0, (from, offset) => {
      data[offset] = Math.max(data[offset]!, x!.data[from]!);
    });
    return result(spec, data);
  },
  // Elements that tie for the maximum share the slope equally.
  jvp([x], [dx], y, { axes }) {
    const mask = equal(x!, expand(y, x!.shape));
    return div(sum(mul(mask, dx!), axes), sum(mask, axes));
  },
  onnx: (g, { inputs, attrs }) =>
    g.node("ReduceMax", [inputs[0]!, g.ints(attrs.axes)], { attributes: { keepdims: 1 } }),
});

/** Maximum along `axes`, which stay with extent 1. */
export function max(x: Value, axes: readonly number[]): Value {
  return apply(maxOp, [x], { axes });
}

/** Mean along `axes`, which stay with extent 1. */
export function mean(x: Value, axes: readonly number[]): Value {
  const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  return mul(sum(x, axes), 1 / count);
}

export const reduceOps = [maxOp] as const;
