/**
 * @file Rows selected by integer indices: `gather`, its transpose `scatterAdd`, `oneHot`; and the indices
 * themselves, `iota`.
 */

import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import { sizeOf } from "../tensor.ts";
import type { NdArray } from "./define.ts";
import { apply, defineOp, expectDtype, result } from "./define.ts";
import { show } from "./strides.ts";

const gatherOp = defineOp({
  name: "gather",
  torch: "row",
  kind: "linear",
  infer([table, index]) {
    expectDtype("gather", "float", table!);
    expectDtype("gather", "int", index!);
    if (table!.shape.length !== 2 || index!.shape.length !== 1) {
      throw new ShapeError(
        `gather: expected table [V, D] and index [N], got ${show(table!.shape)} and ${show(index!.shape)}`,
      );
    }
    return { shape: [index!.shape[0]!, table!.shape[1]!], dtype: "float" };
  },
  evaluate([table, index], _attrs, spec) {
    const D = spec.shape[1]!;
    const data = new Float64Array(sizeOf(spec.shape));
    index!.data.forEach((row, n) => {
      for (let d = 0; d < D; d++) data[n * D + d] = table!.data[row * D + d]!;
    });
    return result(spec, data);
  },
  transpose: (ct, [table, index]) => [scatterAdd(ct, index!, table!.shape[0]!), undefined],
  onnx: (g, { inputs }) => g.node("Gather", inputs, { attributes: { axis: 0 } }),
});

/** Rows of table `[V, D]` at index `[N]` (integers in [0, V)) → `[N, D]`. */
export function gather(table: Value, index: Value): Value {
  return apply(gatherOp, [table, index], {});
}

/**
 * onnxruntime divides a ScatterND among threads from about 210,000 elements on, and then adds repeated rows in an order
 * that varies from run to run. Fewer elements are added by one thread, in the order of the rows. Slices of this
 * size cost a fifth of ScatterElements, which never divides its work.
 */
const IN_ONE_THREAD = 1 << 17;

const scatterAddOp = defineOp({
  name: "scatterAdd",
  torch: "row",
  kind: "linear",
  infer([rows, index], { height }: { height: number }) {
    expectDtype("scatterAdd", "float", rows!);
    expectDtype("scatterAdd", "int", index!);
    if (rows!.shape.length !== 2 || index!.shape.length !== 1 || rows!.shape[0] !== index!.shape[0]) {
      throw new ShapeError(
        `scatterAdd: expected rows [N, D] and index [N], got ${show(rows!.shape)} and ${show(index!.shape)}`,
      );
    }
    return { shape: [height, rows!.shape[1]!], dtype: "float" };
  },
  evaluate([rows, index], _attrs, spec) {
    const D = spec.shape[1]!;
    const data = new Float64Array(sizeOf(spec.shape));
    index!.data.forEach((row, n) => {
      for (let d = 0; d < D; d++) data[row * D + d]! += rows!.data[n * D + d]!;
    });
    return result(spec, data);
  },
  transpose: (ct, [, index]) => [gather(ct, index!), undefined],
  onnx(g, { inputs, specs, result: { shape } }) {
    const [N, D] = specs[0]!.shape as [number, number];
    const ids = g.node("Cast", [inputs[1]!], { attributes: { to: 7 } });
    const index = g.node("Reshape", [ids, g.ints([N, 1])]);
    const rows = Math.max(1, Math.floor(IN_ONE_THREAD / Math.max(1, D)));
    let total = g.node("Expand", [g.floats([0], []), g.ints(shape)]);
    for (let from = 0; from < N; from += rows) {
      const cut = (name: string): string =>
        N <= rows ? name : g.node("Slice", [name, g.ints([from]), g.ints([Math.min(N, from + rows)]), g.ints([0])]);
      total = g.node("ScatterND", [total, cut(index), cut(inputs[0]!)], { attributes: { reduction: "add" } });
    }
    return total;
  },
});

/**
 * Adds rows `[N, D]` into zeros `[height, D]` at index `[N]`; the transpose of `gather`. On the CPU rows are added in
 * their order, so that results do not vary from run to run.
 */
export function scatterAdd(rows: Value, index: Value, height: number): Value {
  return apply(scatterAddOp, [rows, index], { height });
}

const oneHotOp = defineOp({
  name: "oneHot",
  torch: "row",
  kind: "constant",
  infer([index], { depth }: { depth: number }) {
    expectDtype("oneHot", "int", index!);
    if (index!.shape.length !== 1) throw new ShapeError(`oneHot: expected index [N], got ${show(index!.shape)}`);
    return { shape: [index!.shape[0]!, depth], dtype: "float" };
  },
  evaluate([index], { depth }, spec): NdArray {
    const data = new Float64Array(sizeOf(spec.shape));
    index!.data.forEach((label, n) => {
      if (label >= 0 && label < depth) data[n * depth + label] = 1;
    });
    return result(spec, data);
  },
  onnx(g, { inputs, specs, attrs: { depth } }) {
    const column = g.node("Reshape", [
      g.node("Cast", [inputs[0]!], { attributes: { to: 7 } }),
      g.ints([specs[0]!.shape[0]!, 1]),
    ]);
    const classes = g.ints(
      Array.from({ length: depth }, (_, c) => c),
      [1, depth],
    );
    return g.node("Cast", [g.node("Equal", [column, classes])], { attributes: { to: 1 } });
  },
});

/** Index `[N]` → `[N, depth]`, 1 at the index and 0 elsewhere (all 0 for an index outside [0, depth)). */
export function oneHot(index: Value, depth: number): Value {
  return apply(oneHotOp, [index], { depth });
}

const iotaOp = defineOp({
  name: "iota",
  torch: "row",
  kind: "constant",
  infer: (_inputs, { length }: { length: number }) => ({ shape: [length], dtype: "float" }),
  evaluate: (_inputs, { length }, spec) =>
    result(
      spec,
      Float64Array.from({ length }, (_, i) => i),
    ),
  onnx: (g, { attrs: { length } }) => g.floats(Array.from({ length }, (_, i) => i)),
});

/** The numbers 0, 1, …, length − 1 as floats `[length]`. */
export function iota(length: number): Value {
  return apply(iotaOp, [], { length });
}

export const gatherOps = [gatherOp, scatterAddOp, oneHotOp, iotaOp] as const;
