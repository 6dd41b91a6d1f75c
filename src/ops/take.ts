/** @file One element of each row, and its transpose: targets without a one-hot array. */

import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import { sameShape, sizeOf } from "../tensor.ts";
import { apply, defineOp, expectDtype, result } from "./define.ts";
import { show } from "./strides.ts";

const takeOp = defineOp({
  name: "take",
  torch: "row",
  kind: "linear",
  infer([x, index]) {
    expectDtype("take", "float", x!);
    expectDtype("take", "int", index!);
    if (x!.shape.length !== 2 || !sameShape(index!.shape, [x!.shape[0]!])) {
      throw new ShapeError(`take: expected x [N, V] and index [N], got ${show(x!.shape)} and ${show(index!.shape)}`);
    }
    return { shape: index!.shape, dtype: "float" };
  },
  evaluate([x, index], _attrs, spec) {
    const V = x!.shape[1]!;
    return result(
      spec,
      Float64Array.from(index!.data, (at, n) => x!.data[n * V + at]!),
    );
  },
  transpose: (ct, [x, index]) => [put(ct, index!, x!.shape[1]!), undefined],
  onnx(g, { inputs: [x, index], specs, result: { shape } }) {
    const column = g.node("Reshape", [index!, g.ints([specs[1]!.shape[0]!, 1])]);
    return g.node("Reshape", [g.node("GatherElements", [x!, column], { attributes: { axis: 1 } }), g.ints(shape)]);
  },
});

/** The element of each row at its index (integers in [0, V)): x `[N, V]`, index `[N]` → `[N]`. */
export function take(x: Value, index: Value): Value {
  return apply(takeOp, [x, index], {});
}

const putOp = defineOp({
  name: "put",
  torch: "row",
  kind: "linear",
  infer([x, index], { width }: { width: number }) {
    expectDtype("put", "float", x!);
    expectDtype("put", "int", index!);
    if (x!.shape.length !== 1 || !sameShape(index!.shape, x!.shape)) {
      throw new ShapeError(`put: expected x [N] and index [N], got ${show(x!.shape)} and ${show(index!.shape)}`);
    }
    return { shape: [x!.shape[0]!, width], dtype: "float" };
  },
  evaluate([x, index], { width }, spec) {
    const data = new Float64Array(sizeOf(spec.shape));
    index!.data.forEach((at, n) => {
      data[n * width + at] = x!.data[n]!;
    });
    return result(spec, data);
  },
  transpose: (ct, [, index]) => [take(ct, index!), undefined],
  onnx(g, { inputs, result: { shape } }) {
    const column = (name: string): string => g.node("Reshape", [name, g.ints([shape[0]!, 1])]);
    const zeros = g.node("Expand", [g.floats([0], []), g.ints(shape)]);
    return g.node("ScatterElements", [zeros, column(inputs[1]!), column(inputs[0]!)], { attributes: { axis: 1 } });
  },
});

/** Rows of zeros with x `[N]` at index `[N]` (integers in [0, width)) → `[N, width]`; the transpose of `take`. */
export function put(x: Value, index: Value, width: number): Value {
  return apply(putOp, [x, index], { width });
}

export const takeOps = [takeOp, putOp] as const;
