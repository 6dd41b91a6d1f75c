/**
 * @file A small anti-aliased painter: strokes of any width on a 32×32 colour canvas, with exact arithmetic only (+ − ×
 * ÷ √).
 */

import type { Segments } from "./glyph-shapes.ts";

export const SIZE = 32;
const PLANE = SIZE * SIZE;

export type Colour = readonly [red: number, green: number, blue: number];

/** Maps glyph coordinates to pixels: (x, y) → (a·x + b·y + tx, c·x + d·y + ty). */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly tx: number;
  readonly ty: number;
}

export interface Pen {
  readonly colour: Colour;
  /** pixels */
  readonly width: number;
  /** pixels over which the edge fades; 1 = sharp */
  readonly softness: number;
}

/** `[3, 32, 32]` colour values, 0…255 but not yet rounded. */
export class GlyphCanvas {
  readonly values = new Float64Array(3 * PLANE);
  readonly #cover = new Float64Array(PLANE);

  /** Fills with a blend of four corner colours. */
  blend(corners: readonly [Colour, Colour, Colour, Colour]): void {
    for (let c = 0; c < 3; c++) {
      const [p, q, r, s] = [corners[0][c]!, corners[1][c]!, corners[2][c]!, corners[3][c]!];
      for (let y = 0; y < SIZE; y++) {
        const v = y / (SIZE - 1);
        const left = p + (r - p) * v;
        const step = (q + (s - q) * v - left) / (SIZE - 1);
        for (let x = 0; x < SIZE; x++) this.values[c * PLANE + y * SIZE + x] = left + step * x;
      }
    }
  }

  /** Paints line segments as one stroke: crossings are painted once. */
  stroke(lines: Segments, m: Affine, pen: Pen): void {
    this.#cover.fill(0);
    for (let i = 0; i < lines.length; i += 4) {
      const [x0, y0, x1, y1] = [lines[i]!, lines[i + 1]!, lines[i + 2]!, lines[i + 3]!];
      this.#segment(
        m.a * x0 + m.b * y0 + m.tx,
        m.c * x0 + m.d * y0 + m.ty,
        m.a * x1 + m.b * y1 + m.tx,
        m.c * x1 + m.d * y1 + m.ty,
        pen,
      );
    }
    for (let i = 0; i < PLANE; i++) {
      const cover = this.#cover[i]!;
      if (cover === 0) continue;
      for (let c = 0; c < 3; c++) {
        const at = c * PLANE + i;
        this.values[at]! += (pen.colour[c]! - this.values[at]!) * cover;
      }
    }
  }

  /** Raises the coverage near one segment: 1 inside the stroke, falling to 0 over the pen's softness. */
  #segment(x0: number, y0: number, x1: number, y1: number, { width, softness }: Pen): void {
    const reach = (width + softness) / 2;
    const dx = x1 - x0;
    const dy = y1 - y0;
    const squared = dx * dx + dy * dy;
    const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
    const bottom = Math.min(SIZE - 1, Math.ceil(Math.max(y0, y1) + reach));
    const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
    const right = Math.min(SIZE - 1, Math.ceil(Math.max(x0, x1) + reach));
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const along = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / squared));
        const ex = x - x0 - along * dx;
        const ey = y - y0 - along * dy;
        const cover = Math.min(1, (reach - Math.sqrt(ex * ex + ey * ey)) / softness);
        const at = y * SIZE + x;
        if (cover > this.#cover[at]!) this.#cover[at] = cover;
      }
    }
  }
}
