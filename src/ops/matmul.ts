/** @file Matrix product over leading batch axes, of operands as they are or with their last two axes exchanged. */

import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import { sameShape, sizeOf } from "../tensor.ts";
import { apply, defineOp, expectDtype, result } from "./define.ts";
import { transpose } from "./movement.ts";
import { show } from "./strides.ts";

/** `ta`, `tb`: 1 where the product reads the operand's transpose; absent elsewhere. */
interface MatmulAttrs {
  readonly ta?: number;
  readonly tb?: number;
  readonly [name: string]: number;
}

/** A shape with its last two extents exchanged, where the flag says so. */
const turned = (shape: readonly number[], flag = 0): readonly number[] =>
  flag ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;

const turnedIf = (flag: number | undefined, x: Value): Value => (flag ? transposeMatrix(x) : x);

const matmulOp = defineOp({
  name: "matmul",
  torch: "row",
  kind: "bilinear",
  infer([first, second], { ta, tb }: MatmulAttrs) {
    expectDtype("matmul", "float", first!, second!);
    const rank = first!.shape.length;
    const [a, b] = [turned(first!.shape, ta), turned(second!.shape, tb)];
    const fits = rank >= 2 && b.length === rank && sameShape(a.slice(0, -2), b.slice(0, -2));
    if (!fits || a[rank - 1] !== b[rank - 2]) {
      throw new ShapeError(`matmul: expected a [..., N, K] and b [..., K, M], got a ${show(a)} and b ${show(b)}`);
    }
    return { shape: [...a.slice(0, -1), b[rank - 1]!], dtype: "float" };
  },
  evaluate([a, b], { ta, tb }, spec) {
    const [N, K] = turned(a!.shape, ta).slice(-2) as [number, number];
    const M = spec.shape.at(-1)!;
    // Elements between neighbours along n, k and m.
    const [an, ak] = ta ? [1, N] : [K, 1];
    const [bk, bm] = tb ? [1, K] : [M, 1];
    const data = new Float64Array(sizeOf(spec.shape));
    const batches = data.length / (N * M);
    for (let batch = 0; batch < batches; batch++) {
      for (let n = 0; n < N; n++) {
        for (let k = 0; k < K; k++) {
          const scale = a!.data[batch * N * K + n * an + k * ak]!;
          const row = batch * K * M + k * bk;
          const out = (batch * N + n) * M;
          for (let m = 0; m < M; m++) data[out + m]! += scale * b!.data[row + m * bm]!;
        }
      }
    }
    return result(spec, data);
  },
  // With A = aᵀ or a and B = bᵀ or b: Ā = ct Bᵀ and B̄ = Aᵀ ct, turned as the operand is.
  transposeA: (ct, b, _a, { ta, tb }) => turnedIf(ta, matmul(ct, turnedIf(tb ? 0 : 1, b))),
  transposeB: (ct, a, _b, { ta, tb }) => turnedIf(tb, matmul(turnedIf(ta ? 0 : 1, a), ct)),
  onnx: (g, { inputs, attrs: { ta = 0, tb = 0 } }) =>
    ta || tb
      ? g.node("FusedMatMul", inputs, { attributes: { transA: ta, transB: tb }, domain: "com.microsoft" })
      : g.node("MatMul", inputs),
});

/** a `[..., N, K]` times b `[..., K, M]` → `[..., N, M]`; leading axes must be equal. */
export function matmul(a: Value, b: Value): Value {
  return apply(matmulOp, [a, b], {});
}

/** The operand of a transposition of the last two axes; undefined for any other value. */
function unturned({ op, inputs, attrs, shape }: Value): Value | undefined {
  if (op !== "transpose") return undefined;
  const axes = attrs["axes"] as readonly number[];
  const last = shape.length - 1;
  const isMatrix = last > 0 && axes[last] === last - 1 && axes.every((axis, i) => i >= last - 1 || axis === i);
  return isMatrix ? inputs[0] : undefined;
}

/** The same product without the transpositions before it, which it does itself; undefined if there are none. */
export function foldedMatmul({ op, inputs, attrs }: Value): Value | undefined {
  if (op !== "matmul") return undefined;
  const [a, b] = inputs.map(unturned);
  if (!a && !b) return undefined;
  const flag = (name: string, folded: Value | undefined): Record<string, number> =>
    Number(attrs[name] ?? 0) !== (folded ? 1 : 0) ? { [name]: 1 } : {};
  return apply(matmulOp, [a ?? inputs[0]!, b ?? inputs[1]!], { ...flag("ta", a), ...flag("tb", b) });
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
