/**
 * @file Two-dimensional convolution (cross-correlation, as networks use it). One trilinear form gives three ops, each a
 * transpose of the others:
 *
 *     ⟨conv2d(x, w), g⟩ = ⟨x, conv2dInputGrad(g, w)⟩ = ⟨w, conv2dWeightGrad(x, g)⟩
 *
 * | op               | operands | result | transpose in the first | in the second     |
 * | ---------------- | -------- | ------ | ---------------------- | ----------------- |
 * | conv2d           | x, w     | g      | conv2dInputGrad        | conv2dWeightGrad  |
 * | conv2dInputGrad  | g, w     | x      | conv2d                 | conv2dWeightGrad  |
 * | conv2dWeightGrad | x, g     | w      | conv2dInputGrad        | conv2d            |
 *
 * x `[N, C, H, W]`, w `[O, C, KH, KW]`, g `[N, O, OH, OW]` with OH = ⌊(H + 2·pad − KH) / stride⌋ + 1, and OW likewise.
 * Zero padding on all sides.
 */

import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import type { Spec } from "../tensor.ts";
import { sizeOf } from "../tensor.ts";
import { onnxConv, onnxInputGrad, onnxWeightGrad } from "./convolution-onnx.ts";
import { apply, defineOp, expectDtype, result } from "./define.ts";
import { show } from "./strides.ts";

/** Stride between windows and zero padding around the image, the same along both axes. */
export interface Window {
  readonly stride: number;
  readonly pad: number;
  readonly [name: string]: number;
}

/** A window and the result's spatial extents (of image or kernel), which the operands do not determine. */
interface Sized extends Window {
  readonly height: number;
  readonly width: number;
}

type Quad = readonly [number, number, number, number];

const WHERE = { x: "x [N, C, H, W]", w: "w [O, C, KH, KW]", g: "g [N, O, OH, OW]" } as const;

function quad(op: string, role: keyof typeof WHERE, spec: Spec): Quad {
  expectDtype(op, "float", spec);
  if (spec.shape.length !== 4)
    throw new ShapeError(`${op}: expected ${WHERE[role]}, got rank ${spec.shape.length} ${show(spec.shape)}`);
  return spec.shape as unknown as Quad;
}

const outputExtent = (extent: number, kernel: number, { stride, pad }: Window): number =>
  Math.floor((extent + 2 * pad - kernel) / stride) + 1;

/** Checks that the extents of x, w and g fit together. @throws ShapeError naming the first that does not */
function checkTriple(op: string, x: Quad, w: Quad, g: Quad, window: Window): void {
  const { stride, pad } = window;
  if (!Number.isInteger(stride) || stride < 1 || !Number.isInteger(pad) || pad < 0) {
    throw new ShapeError(`${op}: expected stride ≥ 1 and pad ≥ 0, both integers, got stride ${stride}, pad ${pad}`);
  }
  const fits = [
    ["N", x[0], g[0]],
    ["C", x[1], w[1]],
    ["O", w[0], g[1]],
    ["OH", outputExtent(x[2], w[2], window), g[2]],
    ["OW", outputExtent(x[3], w[3], window), g[3]],
  ] as const;
  for (const [name, expected, got] of fits) {
    if (expected !== got || got < 1) {
      const shapes = `x ${show(x)}, w ${show(w)}, g ${show(g)}, stride ${stride}, pad ${pad}`;
      throw new ShapeError(`${op}: expected ${name}=${expected}, got ${got} (${shapes})`);
    }
  }
}

/** Calls `visit` with flat indices into x, w and g for each product of the trilinear form. */
function eachProduct(
  x: Quad,
  w: Quad,
  g: Quad,
  { stride, pad }: Window,
  visit: (x: number, w: number, g: number) => void,
): void {
  const [N, C, H, W] = x;
  const [O, , KH, KW] = w;
  const [, , OH, OW] = g;
  for (let n = 0; n < N; n++) {
    for (let o = 0; o < O; o++) {
      for (let oh = 0; oh < OH; oh++) {
        for (let ow = 0; ow < OW; ow++) {
          const atG = ((n * O + o) * OH + oh) * OW + ow;
          for (let kh = 0; kh < KH; kh++) {
            const h = oh * stride + kh - pad;
            if (h < 0 || h >= H) continue;
            for (let kw = 0; kw < KW; kw++) {
              const col = ow * stride + kw - pad;
              if (col < 0 || col >= W) continue;
              for (let c = 0; c < C; c++) {
                visit(((n * C + c) * H + h) * W + col, ((o * C + c) * KH + kh) * KW + kw, atG);
              }
            }
          }
        }
      }
    }
  }
}

const conv2dOp = defineOp({
  name: "conv2d",
  torch: "convolution",
  kind: "bilinear",
  infer([xSpec, wSpec], window: Window) {
    const x = quad("conv2d", "x", xSpec!);
    const w = quad("conv2d", "w", wSpec!);
    const g: Quad = [x[0], w[0], outputExtent(x[2], w[2], window), outputExtent(x[3], w[3], window)];
    checkTriple("conv2d", x, w, g, window);
    return { shape: g, dtype: "float" };
  },
  evaluate([x, w], window, spec) {
    const data = new Float64Array(sizeOf(spec.shape));
    eachProduct(
      x!.shape as unknown as Quad,
      w!.shape as unknown as Quad,
      spec.shape as unknown as Quad,
      window,
      (i, j, k) => {
        data[k]! += x!.data[i]! * w!.data[j]!;
      },
    );
    return result(spec, data);
  },
  transposeA: (ct, w, x, { stride, pad }) => conv2dInputGrad(ct, w, [x.shape[2]!, x.shape[3]!], { stride, pad }),
  transposeB: (ct, x, w, { stride, pad }) => conv2dWeightGrad(x, ct, [w.shape[2]!, w.shape[3]!], { stride, pad }),
  onnx: onnxConv,
});

const conv2dInputGradOp = defineOp({
  name: "conv2dInputGrad",
  torch: "convolution",
  kind: "bilinear",
  infer([gSpec, wSpec], sized: Sized) {
    const g = quad("conv2dInputGrad", "g", gSpec!);
    const w = quad("conv2dInputGrad", "w", wSpec!);
    const x: Quad = [g[0], w[1], sized.height, sized.width];
    checkTriple("conv2dInputGrad", x, w, g, sized);
    return { shape: x, dtype: "float" };
  },
  evaluate([g, w], window, spec) {
    const data = new Float64Array(sizeOf(spec.shape));
    eachProduct(
      spec.shape as unknown as Quad,
      w!.shape as unknown as Quad,
      g!.shape as unknown as Quad,
      window,
      (i, j, k) => {
        data[i]! += g!.data[k]! * w!.data[j]!;
      },
    );
    return result(spec, data);
  },
  transposeA: (ct, w, _g, { stride, pad }) => conv2d(ct, w, { stride, pad }),
  transposeB: (ct, g, w, { stride, pad }) => conv2dWeightGrad(ct, g, [w.shape[2]!, w.shape[3]!], { stride, pad }),
  onnx: onnxInputGrad,
});

const conv2dWeightGradOp = defineOp({
  name: "conv2dWeightGrad",
  torch: "convolution",
  kind: "bilinear",
  infer([xSpec, gSpec], sized: Sized) {
    const x = quad("conv2dWeightGrad", "x", xSpec!);
    const g = quad("conv2dWeightGrad", "g", gSpec!);
    const w: Quad = [g[1], x[1], sized.height, sized.width];
    checkTriple("conv2dWeightGrad", x, w, g, sized);
    return { shape: w, dtype: "float" };
  },
  evaluate([x, g], window, spec) {
    const data = new Float64Array(sizeOf(spec.shape));
    eachProduct(
      x!.shape as unknown as Quad,
      spec.shape as unknown as Quad,
      g!.shape as unknown as Quad,
      window,
      (i, j, k) => {
        data[j]! += x!.data[i]! * g!.data[k]!;
      },
    );
    return result(spec, data);
  },
  transposeA: (ct, g, x, { stride, pad }) => conv2dInputGrad(g, ct, [x.shape[2]!, x.shape[3]!], { stride, pad }),
  transposeB: (ct, x, _g, { stride, pad }) => conv2d(x, ct, { stride, pad }),
  onnx: onnxWeightGrad,
});

/** x `[N, C, H, W]`, w `[O, C, KH, KW]` → `[N, O, OH, OW]`. @throws ShapeError naming the extent that does not fit */
export function conv2d(x: Value, w: Value, window: Window): Value {
  return apply<Window>(conv2dOp, [x, w], { stride: window.stride, pad: window.pad });
}

/** Cotangent of a convolution's image: g `[N, O, OH, OW]`, w `[O, C, KH, KW]` → `[N, C, H, W]` for given `[H, W]`. */
export function conv2dInputGrad(g: Value, w: Value, [height, width]: readonly [number, number], window: Window): Value {
  return apply<Sized>(conv2dInputGradOp, [g, w], { stride: window.stride, pad: window.pad, height, width });
}

/** Cotangent of a convolution's kernel: x `[N, C, H, W]`, g `[N, O, OH, OW]` → `[O, C, KH, KW]` for given `[KH, KW]` */
export function conv2dWeightGrad(
  x: Value,
  g: Value,
  [height, width]: readonly [number, number],
  window: Window,
): Value {
  return apply<Sized>(conv2dWeightGradOp, [x, g], { stride: window.stride, pad: window.pad, height, width });
}

export const convolutionOps = [conv2dOp, conv2dInputGradOp, conv2dWeightGradOp] as const;
