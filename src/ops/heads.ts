/**
 * @file Attention heads: rows of `[N · places, heads · K]` regrouped as `[N · heads, places, K]`, and back. Each is the
 * other's transpose. One op of rank 3 instead of a transposition of rank 4, for which engines have image memory.
 */

import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import type { NdArray } from "./define.ts";
import { apply, defineOp, expectDtype, result } from "./define.ts";
import { show, walk } from "./strides.ts";

/** The elements of `x`, read as `[outer, a, b, inner]`, in the order `[outer, b, a, inner]`. */
function exchanged(x: NdArray, [outer, a, b, inner]: readonly [number, number, number, number]): Float64Array {
  const data = new Float64Array(x.data.length);
  walk([outer, b, a, inner], [a * b * inner, inner, b * inner, 1], 0, (out, offset) => {
    data[out] = x.data[offset]!;
  });
  return data;
}

const splitHeadsOp = defineOp({
  name: "splitHeads",
  torch: "row",
  kind: "linear",
  infer([x], { heads, places }: { heads: number; places: number }) {
    expectDtype("splitHeads", "float", x!);
    const [rows = 0, width = 0] = x!.shape;
    if (x!.shape.length !== 2 || rows % places !== 0 || width % heads !== 0) {
      throw new ShapeError(
        `splitHeads: expected x [N · ${places}, ${heads} · K] for ${places} places and ${heads} heads, got ${show(x!.shape)}`,
      );
    }
    return { shape: [(rows / places) * heads, places, width / heads], dtype: "float" };
  },
  evaluate([x], { heads, places }, spec) {
    return result(spec, exchanged(x!, [spec.shape[0]! / heads, places, heads, spec.shape[2]!]));
  },
  transpose: (ct, _inputs, { heads }) => [mergeHeads(ct, heads)],
  onnx(g, { inputs, attrs: { heads, places }, result: { shape } }) {
    const apart = g.node("Reshape", [inputs[0]!, g.ints([shape[0]! / heads, places, heads, shape[2]!])]);
    return g.node("Reshape", [g.node("Transpose", [apart], { attributes: { perm: [0, 2, 1, 3] } }), g.ints(shape)]);
  },
});

/**
 * Rows of N sequences, each of `heads` parts side by side, as one sequence for each head:
 * x `[N · places, heads · K]` → `[N · heads, places, K]`.
 */
export function splitHeads(x: Value, heads: number, places: number): Value {
  return apply(splitHeadsOp, [x], { heads, places });
}

const mergeHeadsOp = defineOp({
  name: "mergeHeads",
  torch: "row",
  kind: "linear",
  infer([x], { heads }: { heads: number }) {
    expectDtype("mergeHeads", "float", x!);
    const [sequences = 0, places = 0, width = 0] = x!.shape;
    if (x!.shape.length !== 3 || sequences % heads !== 0) {
      throw new ShapeError(`mergeHeads: expected x [N · ${heads}, T, K] for ${heads} heads, got ${show(x!.shape)}`);
    }
    return { shape: [(sequences / heads) * places, heads * width], dtype: "float" };
  },
  evaluate([x], { heads }, spec) {
    const [sequences, places, width] = x!.shape as [number, number, number];
    return result(spec, exchanged(x!, [sequences / heads, heads, places, width]));
  },
  transpose: (ct, [x], { heads }) => [splitHeads(ct, heads, x!.shape[1]!)],
  onnx(g, { inputs, specs, attrs: { heads }, result: { shape } }) {
    const [sequences, places, width] = specs[0]!.shape as [number, number, number];
    const apart = g.node("Reshape", [inputs[0]!, g.ints([sequences / heads, heads, places, width])]);
    return g.node("Reshape", [g.node("Transpose", [apart], { attributes: { perm: [0, 2, 1, 3] } }), g.ints(shape)]);
  },
});

/** The inverse of `splitHeads`, and its transpose: x `[N · heads, T, K]` → `[N · T, heads · K]`. */
export function mergeHeads(x: Value, heads: number): Value {
  return apply(mergeHeadsOp, [x], { heads });
}

export const headOps = [splitHeadsOp, mergeHeadsOp] as const;
