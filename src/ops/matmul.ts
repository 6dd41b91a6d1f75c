/** @file Matrix product over leading batch axes. */

import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import { sameShape, sizeOf } from "../tensor.ts";
import { apply, defineOp, expectDtype, result } from "./define.ts";
import { transpose } from "./movement.ts";
import { show } from "./strides.ts";

const matmulOp = defineOp({
  name: "matmul",
  torch: "row",
  kind: "bilinear",
  infer([a, b]) {
    expectDtype("matmul", "float", a!, b!);
    const rank = a!.shape.length;
    const fits = rank >= 2 && b!.shape.length === rank && sameShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    if (!fits || a!.shape[rank - 1] !== b!.shape[rank - 2]) {
      throw new ShapeError(
        `matmul: expected a [..., N, K] and b [..., K, M], got a ${show(a!.shape)} and b ${show(b!.shape)}`,
      );
    }
    return { shape: [...a!.shape.slice(0, -1), b!.shape[rank - 1]!], dtype: "float" };
  },
  evaluate([a, b], _attrs, spec) {
    const [N, K] = a!.shape.slice(-2) as [number, number];
    const M = b!.shape.at(-1)!;
    const data = new Float64Array(sizeOf(spec.shape));
    const batches = data.length / (N * M);
    for (let batch = 0; batch < batches; batch++) {
      for (let n = 0; n < N; n++) {
        for (let k = 0; k < K; k++) {
          const scale = a!.data[(batch * N + n) * K + k]!;
          const row = (batch * K + k) * M;
          const out = (batch * N + n) * M;
          for (let m = 0; m < M; m++) data[out + m]! += scale * b!.data[row + m]!;
        }
      }
    }
    return result(spec, data);
  },
  transposeA: (ct, b) => matmul(ct, transposeMatrix(b)), // ct bᵀ
  transposeB: (ct, a) => matmul(transposeMatrix(a), ct), // aᵀ ct
  onnx: (g, { inputs }) => g.node("MatMul", inputs),
});

/** a `[..., N, K]` times b `[..., K, M]` → `[..., N, M]`; leading axes must be equal. */
export function matmul(a: Value, b: Value): Value {
  return apply(matmulOp, [a, b], {});
}

/** Swaps the last two axes. */
export function transposeMatrix(x: Value): Value {
  const rank = x.shape.length;
  return transpose(
    x,
    x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
  );
}

export const matmulOps = [matmulOp] as const;
