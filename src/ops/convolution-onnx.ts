/** @file The convolution family in standard ONNX operators, for plain `[N, C, H, W]` arrays. */

import type { OnnxBuilder, OnnxEquation } from "./define.ts";

type Equation = OnnxEquation<{ readonly stride: number; readonly pad: number; readonly [name: string]: number }>;

const pads = (top: number, left: number, bottom: number, right: number): readonly number[] => [top, left, bottom, right];

export function onnxConv(g: OnnxBuilder, { inputs, attrs: { stride, pad } }: Equation): string {
  const attributes = { strides: [stride, stride], pads: pads(pad, pad, pad, pad) };
  return g.node("Conv", inputs, { attributes });
}

/**
 * As a convolution of g, spread out by the stride, with the kernel flipped and its channel axes swapped: MLAS runs `Conv` several
 * times faster than `ConvTranspose`.
 */
export function onnxInputGrad(g: OnnxBuilder, { inputs, specs, attrs: { stride, pad }, result }: Equation): string {
  const [gSpec, wSpec] = specs;
  const [OH, OW] = gSpec!.shape.slice(2) as [number, number];
  const [KH, KW] = wSpec!.shape.slice(2) as [number, number];
  const [H, W] = result.shape.slice(2) as [number, number];
  const spread = spreadOut(g, inputs[0]!, gSpec!.shape, stride);
  const kernel = flipKernel(g, inputs[1]!);
  const before = [KH - 1 - pad, KW - 1 - pad] as const;
  const after = [H - ((OH - 1) * stride + 1) + KH - 1 - before[0], W - ((OW - 1) * stride + 1) + KW - 1 - before[1]] as const;
  const all = [...before, ...after];
  // Conv takes no negative pads; they occur only where a kernel is smaller than its padding allows.
  if (all.some((n) => n < 0)) {
    const cut = g.node("Pad", [spread, g.ints([0, 0, ...before, 0, 0, ...after])]);
    return g.node("Conv", [cut, kernel]);
  }
  return g.node("Conv", [spread, kernel], { attributes: { pads: all } });
}

/** w `[O, C, KH, KW]` → `[C, O, KH, KW]`, rotated by half a turn. */
function flipKernel(g: OnnxBuilder, w: string): string {
  const swapped = g.node("Transpose", [w], { attributes: { perm: [1, 0, 2, 3] } });
  const far = -(2 ** 31);
  return g.node("Slice", [swapped, g.ints([-1, -1]), g.ints([far, far]), g.ints([2, 3]), g.ints([-1, -1])]);
}

/** Puts `stride` − 1 zeros between neighbours along the last two of four axes. */
function spreadOut(g: OnnxBuilder, x: string, shape: readonly number[], stride: number): string {
  if (stride === 1) return x;
  const [N, C, H, W] = shape as [number, number, number, number];
  const twin = g.node("Reshape", [x, g.ints([N, C, H, 1, W, 1])]);
  const padded = g.node("Pad", [twin, g.ints([0, 0, 0, 0, 0, 0, 0, 0, 0, stride - 1, 0, stride - 1])]);
  const merged = g.node("Reshape", [padded, g.ints([N, C, H * stride, W * stride])]);
  return g.node("Slice", [merged, g.ints([0, 0]), g.ints([(H - 1) * stride + 1, (W - 1) * stride + 1]), g.ints([2, 3])]);
}

/**
 * dw[o, c, kh, kw] = Σₙ Σ g[n, o, ·] x[n, c, · shifted by (kh, kw)]: the shifted images side by side, one matrix product per example,
 * summed over examples. `Conv` with batch and channels swapped is several times slower.
 */
export function onnxWeightGrad(g: OnnxBuilder, { inputs, specs, attrs: { stride, pad }, result }: Equation): string {
  const [xSpec, gSpec] = specs;
  const [N, C] = xSpec!.shape as [number, number];
  const [, O, OH, OW] = gSpec!.shape as [number, number, number, number];
  const [, , KH, KW] = result.shape as [number, number, number, number];
  const x = pad > 0 ? g.node("Pad", [inputs[0]!, g.ints([0, 0, pad, pad, 0, 0, pad, pad])]) : inputs[0]!;
  const shifts: string[] = [];
  for (let kh = 0; kh < KH; kh++) {
    for (let kw = 0; kw < KW; kw++) {
      const ends = g.ints([kh + (OH - 1) * stride + 1, kw + (OW - 1) * stride + 1]);
      shifts.push(g.node("Slice", [x, g.ints([kh, kw]), ends, g.ints([2, 3]), g.ints([stride, stride])]));
    }
  }
  const stacked = shifts.length === 1 ? shifts[0]! : g.node("Concat", shifts, { attributes: { axis: 1 } });
  const columns = g.node("Reshape", [stacked, g.ints([N, KH * KW * C, OH * OW])]);
  const rows = g.node("Reshape", [inputs[1]!, g.ints([N, O, OH * OW])]);
  const transposed = g.node("Transpose", [rows], { attributes: { perm: [0, 2, 1] } });
  const products = g.node("MatMul", [columns, transposed]);
  const total = g.node("ReduceSum", [products, g.ints([0])], { attributes: { keepdims: 0 } });
  const taps = g.node("Reshape", [total, g.ints([KH, KW, C, O])]);
  return g.node("Transpose", [taps], { attributes: { perm: [3, 2, 0, 1] } });
}
