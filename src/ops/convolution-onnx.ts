/** @file The convolution family in standard ONNX operators, for plain `[N, C, H, W]` arrays. */

import type { Phases } from "./convolution-phases.ts";
import { phasesOf, phaseTaps } from "./convolution-phases.ts";
import type { OnnxBuilder, OnnxEquation } from "./define.ts";

type Equation = OnnxEquation<{ readonly stride: number; readonly pad: number; readonly [name: string]: number }>;

const pads = (top: number, left: number, bottom: number, right: number): readonly number[] => [
  top,
  left,
  bottom,
  right,
];

/** conv2d as ONNX's `Conv`. */
export function onnxConv(g: OnnxBuilder, { inputs, attrs: { stride, pad } }: Equation): string {
  const attributes = { strides: [stride, stride], pads: pads(pad, pad, pad, pad) };
  return g.node("Conv", inputs, { attributes });
}

/**
 * A convolution of g with the flipped kernel, channel axes swapped: MLAS runs `Conv` several times faster than
 * `ConvTranspose`.
 */
export function onnxInputGrad(g: OnnxBuilder, equation: Equation): string {
  const { specs, attrs, result } = equation;
  const { stride, pad } = attrs;
  const [OH, OW] = specs[0]!.shape.slice(2) as [number, number];
  const [KH, KW] = specs[1]!.shape.slice(2) as [number, number];
  const [H, W] = result.shape.slice(2) as [number, number];
  const rows = phasesOf(H, OH, KH, stride, pad);
  const columns = phasesOf(W, OW, KW, stride, pad);
  return rows && columns ? byPhases(g, equation, rows, columns) : spreading(g, equation);
}

function byPhases(
  g: OnnxBuilder,
  { inputs, specs, attrs: { stride }, result }: Equation,
  rows: Phases,
  columns: Phases,
): string {
  const [N, C, H, W] = result.shape as [number, number, number, number];
  const [O, , KH, KW] = specs[1]!.shape as [number, number, number, number];
  const attributes = { pads: pads(rows.before, columns.before, rows.after, columns.after) };
  if (stride === 1) return g.node("Conv", [inputs[0]!, flipKernel(g, inputs[1]!)], { attributes });

  const flat = g.node("Reshape", [inputs[1]!, g.ints([O, C, KH * KW])]);
  const withZero = g.node("Pad", [flat, g.ints([0, 0, 0, 0, 0, 1])]);
  const taps = g.ints(phaseTaps(rows, columns, stride, [KH, KW]));
  const chosen = g.node("Gather", [withZero, taps], { attributes: { axis: 2 } });
  const perPhase = g.node("Reshape", [chosen, g.ints([O, C, stride * stride, rows.taps * columns.taps])]);
  const swapped = g.node("Transpose", [perPhase], { attributes: { perm: [2, 1, 0, 3] } });
  const kernels = g.node("Reshape", [swapped, g.ints([stride * stride * C, O, rows.taps, columns.taps])]);
  const phases = g.node("Conv", [inputs[0]!, kernels], { attributes });

  const apart = g.node("Reshape", [phases, g.ints([N, stride, stride, C, rows.length, columns.length])]);
  const woven = g.node("Transpose", [apart], { attributes: { perm: [0, 3, 4, 1, 5, 2] } });
  const all = g.node("Reshape", [woven, g.ints([N, C, rows.length * stride, columns.length * stride])]);
  if (rows.length * stride === H && columns.length * stride === W) return all;
  return g.node("Slice", [all, g.ints([0, 0]), g.ints([H, W]), g.ints([2, 3])]);
}

/** The general case: g with `stride` − 1 zeros between its pixels. */
function spreading(g: OnnxBuilder, { inputs, specs, attrs: { stride, pad }, result }: Equation): string {
  const [gSpec, wSpec] = specs;
  const [OH, OW] = gSpec!.shape.slice(2) as [number, number];
  const [KH, KW] = wSpec!.shape.slice(2) as [number, number];
  const [H, W] = result.shape.slice(2) as [number, number];
  const spread = spreadOut(g, inputs[0]!, gSpec!.shape, stride);
  const before = [KH - 1 - pad, KW - 1 - pad] as const;
  const after = [
    H - ((OH - 1) * stride + 1) + KH - 1 - before[0],
    W - ((OW - 1) * stride + 1) + KW - 1 - before[1],
  ] as const;
  const cut = g.node("Pad", [spread, g.ints([0, 0, ...before, 0, 0, ...after])]);
  return g.node("Conv", [cut, flipKernel(g, inputs[1]!)]);
}

/** w `[O, C, KH, KW]` → `[C, O, KH, KW]`, rotated by 180°. */
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
  return g.node("Slice", [
    merged,
    g.ints([0, 0]),
    g.ints([(H - 1) * stride + 1, (W - 1) * stride + 1]),
    g.ints([2, 3]),
  ]);
}

/**
 * dw[o, c, kh, kw] = Σₙ Σ g[n, o, ·] x[n, c, · shifted by (kh, kw)], as one convolution. Examples take the place of
 * channels, g is the kernel, and channels lie side by side along the image's width. C columns are then one pixel, so
 * dilations, padding and the result's columns are multiplied by C. No shifted copies of x are made; this is three times
 * as fast as batched matrix products of nine copies.
 */
export function onnxWeightGrad(g: OnnxBuilder, { inputs, specs, attrs: { stride, pad }, result }: Equation): string {
  const [xSpec, gSpec] = specs;
  const [N, C, H, W] = xSpec!.shape as [number, number, number, number];
  const [, O, OH, OW] = gSpec!.shape as [number, number, number, number];
  const [, , KH, KW] = result.shape as [number, number, number, number];
  // Zeros after the image make room for the last tap. A negative count means that the stride leaves pixels over: their
  // taps are cut off.
  const [after, right] = [(OH - 1) * stride + KH - pad - H, (OW - 1) * stride + KW - pad - W];
  const rows = g.node("Transpose", [inputs[0]!], { attributes: { perm: [0, 2, 3, 1] } });
  const image = g.node("Reshape", [rows, g.ints([1, N, H, W * C])]);
  const kernel = g.node("Transpose", [inputs[1]!], { attributes: { perm: [1, 0, 2, 3] } });
  const attributes = {
    kernel_shape: [OH, OW],
    dilations: [stride, stride * C],
    pads: pads(pad, pad * C, Math.max(0, after), Math.max(0, right) * C),
  };
  let taps = g.node("Conv", [image, kernel], { attributes });
  if (after < 0 || right < 0) taps = g.node("Slice", [taps, g.ints([0, 0]), g.ints([KH, KW * C]), g.ints([2, 3])]);
  const last = g.node("Reshape", [taps, g.ints([O, KH, KW, C])]);
  return g.node("Transpose", [last], { attributes: { perm: [0, 3, 1, 2] } });
}
