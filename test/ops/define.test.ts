import { describe, expect, test } from "vitest";
import { trace } from "../../src/graph/graph.ts";
import type { BilinearOp, LinearOp } from "../../src/ops/define.ts";
import { conv2d, conv2dWeightGrad } from "../../src/ops/convolution.ts";
import { add, mul } from "../../src/ops/elementwise.ts";
import { gather } from "../../src/ops/gather.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { concat, pad, reshape, slice, transpose } from "../../src/ops/movement.ts";
import { sum } from "../../src/ops/broadcast.ts";
import type { Value } from "../../src/graph/value.ts";
import type { Spec } from "../../src/tensor.ts";
import { float, int } from "../../src/tensor.ts";

describe("an op's rules", () => {
  const parts = {
    name: "half",
    infer: ([a]: readonly Spec[]) => a!,
    evaluate: () => ({ shape: [], dtype: "float", data: new Float64Array(1) }) as const,
    onnx: () => "half",
  } as const;

  test("follow from its kind: leaving one out does not compile", () => {
    // @ts-expect-error A linear op must define its transpose.
    const linear: LinearOp = { ...parts, kind: "linear" };
    // @ts-expect-error A bilinear op must define its transpose in each operand.
    const bilinear: BilinearOp = { ...parts, kind: "bilinear", transposeA: (ct: Value) => ct };
    expect([linear.name, bilinear.name]).toEqual(["half", "half"]);
  });
});

describe("shape errors name op, expected and actual", () => {
  const x = float([2, 3, 8, 8]);
  const v = float([3]);
  test.each<[string, (...values: Value[]) => Value, readonly Spec[], string]>([
    [
      "conv2d",
      (a, b) => conv2d(a, b, { stride: 1, pad: 1 }),
      [x, float([4, 1, 3, 3])],
      "conv2d: expected C=3, got 1 (x [2,3,8,8], w [4,1,3,3]",
    ],
    [
      "conv2d, rank",
      (a, b) => conv2d(a, b, { stride: 1, pad: 1 }),
      [v, v],
      "conv2d: expected x [N, C, H, W], got rank 1 [3]",
    ],
    ["conv2d, stride", (a, b) => conv2d(a, b, { stride: 0, pad: 1 }), [x, float([4, 3, 3, 3])], "expected stride ≥ 1"],
    [
      "conv2dWeightGrad",
      (a, b) => conv2dWeightGrad(a, b, [3, 3], { stride: 1, pad: 1 }),
      [x, float([2, 4, 7, 8])],
      "conv2dWeightGrad: expected OH=8, got 7",
    ],
    [
      "matmul",
      (a, b) => matmul(a, b),
      [float([2, 3]), float([2, 3])],
      "matmul: expected a [..., N, K] and b [..., K, M], got a [2,3] and b [2,3]",
    ],
    [
      "add",
      (a, b) => add(a, b),
      [float([2, 3]), float([2, 4])],
      "add: expected shapes that broadcast, got a [2,3] and b [2,4]",
    ],
    ["mul, dtype", (a, b) => mul(a, b), [int([3]), v], "mul: expected float for operand 1, got int"],
    ["reshape", (a) => reshape(a, [2, 2]), [v], "reshape: expected 3 elements (from x [3]), got [2,2]"],
    [
      "transpose",
      (a) => transpose(a, [0, 0]),
      [float([2, 3])],
      "transpose: expected a permutation of 2 axes, got [0,0]",
    ],
    ["slice", (a) => slice(a, { start: [1], size: [3] }), [v], "slice: expected a window inside x [3]"],
    ["pad", (a) => pad(a, { low: [-1], high: [0] }), [v], "pad: expected 1 non-negative counts each"],
    [
      "concat",
      (a, b) => concat([a, b], 0),
      [float([2, 3]), float([2, 4])],
      "concat: expected [2,3] but for axis 0, got [2,4]",
    ],
    ["sum", (a) => sum(a, [1]), [v], "sum: expected distinct ascending axes in [0, 1), got [1]"],
    ["gather", (a, b) => gather(a, b), [v, int([2])], "gather: expected table [V, D] and index [N], got [3] and [2]"],
  ])("%s", (_name, f, specs, message) => {
    expect(() => trace((...values) => [f(...values)], specs)).toThrow(message);
  });
});
