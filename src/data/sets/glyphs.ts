/**
 * @file "glyphs": a ten-class set of 32×32 colour images. It is generated without a download, and is the same on every
 * platform.
 *
 * Ten characters in five pairs that differ by one stroke (C G, O Q, P R, F E, 3 8). Image i depends on (seed, part, i)
 * alone, so a larger set begins with the smaller one. Augmentation does not mirror images, since the mirror image of a
 * character is not a character.
 */

import { ConfigError } from "../../errors.ts";
import { Random } from "../../random.ts";
import type { Dataset, ImageSet } from "../dataset.ts";
import { makeDataset } from "../dataset.ts";
import type { BuiltInSet, GlyphOptions } from "./built-in-set.ts";
import { GlyphCanvas, SIZE } from "./glyph-canvas.ts";
import { drawGlyph } from "./glyph-drawing.ts";
import { GLYPHS } from "./glyph-shapes.ts";

export const glyphs: BuiltInSet<"glyphs"> = {
  name: "glyphs",
  summary: "drawn characters, no files needed",
  load: ({ glyphs }) => makeGlyphs(glyphs),
};

/**
 * Draws the set. Classes alternate (image i is of class i mod 10), so every part is balanced.
 *
 * @throws ConfigError if a size is not a positive integer
 */
export function makeGlyphs({ train = 8000, test = 2000, seed = 1 }: GlyphOptions = {}): Dataset {
  for (const [what, count] of Object.entries({ train, test })) {
    if (!Number.isInteger(count) || count < 1)
      throw new ConfigError(`glyphs: expected ${what} to be an integer ≥ 1, got ${count}`);
  }
  const images = draw(train, seed, "glyphs-train");
  return makeDataset({
    name: "glyphs",
    classes: [...GLYPHS.keys()],
    train: images,
    test: draw(test, seed, "glyphs-test"),
    ...channelMoments(images),
    augment: { pad: 2, flip: false, padding: "zero" },
  });
}

function draw(count: number, seed: number, stream: string): ImageSet {
  const shapes = [...GLYPHS.values()];
  const image = 3 * SIZE * SIZE;
  const pixels = new Uint8Array(count * image);
  const labels = new Uint8Array(count);
  const canvas = new GlyphCanvas();
  for (let i = 0; i < count; i++) {
    const random = new Random(seed, stream, i);
    labels[i] = i % shapes.length;
    drawGlyph(canvas, shapes[labels[i]!]!, random, pixels.subarray(i * image, (i + 1) * image));
  }
  return { pixels, labels, shape: [3, SIZE, SIZE], count };
}

/** Mean and standard deviation of each channel in units of 1. The sums are exact, since they are of integers. */
function channelMoments({ pixels, count }: ImageSet): { mean: number[]; std: number[] } {
  const plane = SIZE * SIZE;
  const mean: number[] = [];
  const std: number[] = [];
  for (let c = 0; c < 3; c++) {
    let sum = 0;
    let squares = 0;
    for (let n = 0; n < count; n++) {
      const start = (n * 3 + c) * plane;
      for (let i = start; i < start + plane; i++) {
        sum += pixels[i]!;
        squares += pixels[i]! * pixels[i]!;
      }
    }
    const average = sum / (count * plane);
    mean.push(average / 255);
    std.push(Math.sqrt(squares / (count * plane) - average * average) / 255);
  }
  return { mean, std };
}
