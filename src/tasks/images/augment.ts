/**
 * @file From uint8 pixels to normalised floats, with pad, crop and flip (He et al. 2016, section 4.2).
 *
 * How an image is varied is a function of (seed, epoch, original index) alone, so any batch can be made again exactly.
 */

import { Random } from "../../random.ts";
import type { Augmentation, ImageShape } from "../../data/dataset.ts";

/**
 * Where the crop lies in the padded image, and whether it is mirrored afterwards. `dy = dx = pad` is the image
 * itself.
 */
export interface Crop {
  /** 0 … 2·pad */
  readonly dy: number;
  readonly dx: number;
  readonly flip: boolean;
}

/** For each channel the normalised value of each byte: `[C, 256]`, (byte/255 − mean) / std. */
export function normalisation(mean: readonly number[], std: readonly number[]): Float32Array {
  return Float32Array.from({ length: mean.length * 256 }, (_, i) => {
    const c = Math.floor(i / 256);
    return ((i % 256) / 255 - mean[c]!) / std[c]!;
  });
}

/** The crop of one training example in one epoch. */
export function drawCrop({ pad, flip }: Augmentation, seed: number, epoch: number, index: number): Crop {
  const random = new Random(seed, "augment", epoch, index);
  const dy = random.integer(2 * pad + 1);
  const dx = random.integer(2 * pad + 1);
  return { dy, dx, flip: flip && random.integer(2) === 1 };
}

/** One image after another in `[N, C, H, W]`. */
export interface Canvas {
  readonly pixels: Uint8Array;
  readonly shape: ImageShape;
  /** `[C, 256]` from `normalisation` */
  readonly table: Float32Array;
}

/**
 * Writes image `index`, normalised and otherwise untouched, to `out[at …]`.
 *
 * @param at offset in floats
 */
export function writePlain({ pixels, shape, table }: Canvas, index: number, out: Float32Array, at: number): void {
  const [C, H, W] = shape;
  const plane = H * W;
  let from = index * C * plane;
  for (let c = 0; c < C; c++) {
    const base = c * 256;
    for (let i = 0; i < plane; i++) out[at++] = table[base + pixels[from++]!]!;
  }
}

/**
 * Writes the crop of image `index`, normalised, to `out[at …]`. Zero padding is zero *after* normalisation,
 * that is, the mean colour.
 *
 * @param at offset in floats
 */
export function writeCrop(
  canvas: Canvas,
  index: number,
  crop: Crop,
  augment: Augmentation,
  out: Float32Array,
  at: number,
): void {
  const { pixels, shape, table } = canvas;
  const [C, H, W] = shape;
  const { pad, padding } = augment;
  const rows = sourceAxis(H, crop.dy - pad, padding, false);
  const columns = sourceAxis(W, crop.dx - pad, padding, crop.flip);
  const start = index * C * H * W;
  for (let c = 0; c < C; c++) {
    const base = c * 256;
    for (let y = 0; y < H; y++) {
      const row = rows[y]!;
      if (row < 0) {
        out.fill(0, at, at + W);
        at += W;
        continue;
      }
      const from = start + (c * H + row) * W;
      for (let x = 0; x < W; x++) {
        const column = columns[x]!;
        out[at++] = column < 0 ? 0 : table[base + pixels[from + column]!]!;
      }
    }
  }
}

/** For each output coordinate the source coordinate along one axis, −1 for zero padding: `[extent]`. */
function sourceAxis(extent: number, shift: number, padding: "zero" | "reflect", mirrored: boolean): Int32Array {
  const axis = new Int32Array(extent);
  for (let i = 0; i < extent; i++) {
    const s = (mirrored ? extent - 1 - i : i) + shift;
    const inside = s >= 0 && s < extent;
    axis[i] = inside ? s : padding === "zero" ? -1 : s < 0 ? -s : 2 * (extent - 1) - s;
  }
  return axis;
}
