/**
 * @file Drawing of one glyph: a character at a random place, size, angle, width and colour, among stray strokes that can
 * complete it and strokes of the background that can break it.
 */

import type { Random } from "../../random.ts";
import type { Affine, Colour, GlyphCanvas } from "./glyph-canvas.ts";
import { SIZE } from "./glyph-canvas.ts";

/**
 * Parameters of the set's difficulty. Ranges are [least, most]; lengths in pixels, colours in 0…255.
 *
 * The values are chosen so that a ResNet-8 (batch 128, 8 epochs from rate 0.1, in PyTorch) errs on 13 % of the test
 * images after 8,000 clean training images, on 26 % after 4,000, and on 21 % after 8,000 with uniform:0.4.
 */
const GLYPH_DIFFICULTY = {
  /** least distance of a character from the border, so that the crops of augmentation do not cut it */
  margin: 2,
  /** half the height of a character */
  radius: [7, 12],
  /** width over height, relative to the drawing */
  aspect: [0.8, 1.15],
  /** slant: shift of x for each unit of y */
  shear: [-0.2, 0.2],
  /** tangent of half the rotation angle: ±0.13 is ±15° */
  tilt: [-0.13, 0.13],
  stroke: [1.6, 3],
  /** pixels over which edges fade */
  softness: [1, 2],
  /** each channel of the background's and of the character's colour: characters are the lighter ones */
  back: [10, 130],
  fore: [110, 250],
  /** least sum over channels of |character − background| */
  contrast: 160,
  /** largest distance of the background's four corners from its colour, each channel */
  gradient: 30,
  /** number of stray strokes, each in the foreground's colour with probability 1/2 */
  strays: [1, 5],
  /** number of background-coloured strokes over the character */
  cuts: [0, 4],
  /** length of stray strokes and cuts */
  length: [4, 11],
  /** amplitude of the uniform noise on each pixel and channel */
  noise: [8, 48],
} as const;

type Range = readonly [least: number, most: number];

/** Draws a character into `out` `[3, 32, 32]`; everything random comes from `random`. */
export function drawGlyph(canvas: GlyphCanvas, shape: Float64Array, random: Random, out: Uint8Array): void {
  paint(canvas, shape, random);
  expose(canvas, between(random, GLYPH_DIFFICULTY.noise), random, out);
}

/** Paints in this order: background, stray strokes, the character, cuts. */
function paint(canvas: GlyphCanvas, shape: Float64Array, random: Random): void {
  const D = GLYPH_DIFFICULTY;
  const back = anyColour(random, D.back);
  const fore = farColour(back, random);
  canvas.blend([near(back, random), near(back, random), near(back, random), near(back, random)]);

  const place = placement(random);
  const pen = { colour: fore, width: between(random, D.stroke), softness: between(random, D.softness) };
  const behind = integer(random, D.strays);
  const cuts = integer(random, D.cuts);
  for (let i = 0; i < behind; i++) {
    const colour = random.integer(2) === 0 ? fore : anyColour(random, D.fore);
    canvas.stroke(dash(random, place), IDENTITY, { ...pen, colour });
  }
  canvas.stroke(shape, place, pen);
  for (let i = 0; i < cuts; i++) canvas.stroke(dash(random, place), IDENTITY, { ...pen, colour: near(back, random) });
}

const IDENTITY: Affine = { a: 1, b: 0, c: 0, d: 1, tx: 0, ty: 0 };

/** Random size, aspect, slant, rotation and position of a character, wholly inside the image. */
function placement(random: Random): Affine {
  const D = GLYPH_DIFFICULTY;
  const height = between(random, D.radius);
  const width = height * between(random, D.aspect);
  const shear = between(random, D.shear);
  // The rational parametrisation of the circle: t = tan(angle / 2).
  const t = between(random, D.tilt);
  const cos = (1 - t * t) / (1 + t * t);
  const sin = (2 * t) / (1 + t * t);
  const a = width * cos;
  const b = height * (shear * cos - sin);
  const c = width * sin;
  const d = height * (shear * sin + cos);
  // The drawing reaches to 0.8 in x and to 1 in y.
  const roomX = Math.max(0, SIZE / 2 - D.margin - 0.8 * Math.abs(a) - Math.abs(b));
  const roomY = Math.max(0, SIZE / 2 - D.margin - 0.8 * Math.abs(c) - Math.abs(d));
  const centre = (SIZE - 1) / 2;
  return { a, b, c, d, tx: centre + between(random, [-roomX, roomX]), ty: centre + between(random, [-roomY, roomY]) };
}

/** Short straight stroke that starts at a random point of the character's box. */
function dash(random: Random, { a, b, c, d, tx, ty }: Affine): Float64Array {
  const u = between(random, [-1.1, 1.1]);
  const v = between(random, [-1.2, 1.2]);
  const x = a * u + b * v + tx;
  const y = c * u + d * v + ty;
  const length = between(random, GLYPH_DIFFICULTY.length);
  // The direction comes from a square instead of a circle, which is exact and nearly uniform.
  const dx = between(random, [-1, 1]);
  const dy = between(random, [-1, 1]);
  const scale = length / Math.max(0.1, Math.sqrt(dx * dx + dy * dy));
  return Float64Array.of(x, y, x + dx * scale, y + dy * scale);
}

/** Adds noise, rounds and stores: `[3, 32, 32]`. */
function expose({ values }: GlyphCanvas, amplitude: number, random: Random, out: Uint8Array): void {
  for (let i = 0; i < out.length; i += 4) {
    const bits = random.uint32();
    for (let k = 0; k < 4; k++) {
      const noise = (((bits >>> (8 * k)) & 255) - 127.5) / 127.5;
      out[i + k] = Math.min(255, Math.max(0, Math.floor(values[i + k]! + amplitude * noise + 0.5)));
    }
  }
}

function between(random: Random, [least, most]: Range): number {
  return least + (most - least) * random.uniform();
}

function integer(random: Random, [least, most]: Range): number {
  return least + random.integer(most - least + 1);
}

function anyColour(random: Random, range: Range): Colour {
  return [between(random, range), between(random, range), between(random, range)];
}

/** Character colour at the least distance or more from the background's, or else the farthest of 20 draws. */
function farColour(from: Colour, random: Random): Colour {
  const { fore, contrast } = GLYPH_DIFFICULTY;
  let best = from;
  let most = -1;
  for (let i = 0; i < 20 && most < contrast; i++) {
    const colour = anyColour(random, fore);
    const far = colour.reduce((sum, value, c) => sum + Math.abs(value - from[c]!), 0);
    if (far > most) [best, most] = [colour, far];
  }
  return best;
}

function near(colour: Colour, random: Random): Colour {
  const { gradient } = GLYPH_DIFFICULTY;
  const shift = (value: number): number => value + between(random, [-gradient, gradient]);
  return [shift(colour[0]), shift(colour[1]), shift(colour[2])];
}
