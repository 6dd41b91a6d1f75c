import { describe, expect, test } from "vitest";
import { classCounts } from "../../src/data/labels.ts";
import { makeGlyphs } from "../../src/data/sets/glyphs.ts";

describe("glyphs", () => {
  const small = makeGlyphs({ train: 200, test: 50, seed: 1 });

  test("ten balanced classes of 32×32 colour images", () => {
    expect(small.classes).toEqual(["C", "G", "O", "Q", "P", "R", "F", "E", "3", "8"]);
    expect([small.train.shape, small.train.count, small.test.count]).toEqual([[3, 32, 32], 200, 50]);
    expect(classCounts(small.train.labels, 10)).toEqual(new Array(10).fill(20));
  });

  // Recorded on linux-x64 with Node 20. A change of GLYPH_DIFFICULTY or of the drawing makes another set, and must change this on purpose.
  test("the bytes are the same on every platform", () => {
    expect(small.hash).toBe("87898b4977e7bdcf853e8bfd1b3e13addd81fa42db95cda33a00b34fe2e597be");
  });

  test("the seed decides", () => {
    expect(makeGlyphs({ train: 200, test: 50, seed: 1 }).hash).toBe(small.hash);
    expect(makeGlyphs({ train: 200, test: 50, seed: 2 }).hash).not.toBe(small.hash);
  });

  test("a larger set begins with the smaller one, and no image is in both parts", () => {
    const large = makeGlyphs({ train: 300, test: 60, seed: 1 });
    expect(large.train.pixels.subarray(0, 200 * 3072)).toEqual(small.train.pixels);
    expect(large.test.pixels.subarray(0, 50 * 3072)).toEqual(small.test.pixels);
    const image = (pixels: Uint8Array, i: number): string =>
      Buffer.from(pixels.subarray(i * 3072, (i + 1) * 3072)).toString("base64");
    const seen = new Set(Array.from({ length: 200 }, (_, i) => image(small.train.pixels, i)));
    expect(seen.size).toBe(200);
    expect(Array.from({ length: 50 }, (_, i) => seen.has(image(small.test.pixels, i)))).not.toContain(true);
  });

  test("mean and std are those of the training pixels", () => {
    for (const c of [0, 1, 2]) {
      const values = Array.from({ length: 200 }, (_, n) => [
        ...small.train.pixels.subarray((n * 3 + c) * 1024, (n * 3 + c + 1) * 1024),
      ]).flat();
      const mean = values.reduce((a, b) => a + b / 255, 0) / values.length;
      const variance = values.reduce((a, b) => a + (b / 255 - mean) ** 2, 0) / values.length;
      expect(small.mean[c]).toBeCloseTo(mean, 9);
      expect(small.std[c]).toBeCloseTo(Math.sqrt(variance), 9);
    }
  });

  test("characters are lighter than what surrounds them on average", () => {
    // The middle 16×16 pixels hold most of a character, the outermost ring almost nothing of it.
    let middle = 0;
    let ring = 0;
    for (const [i, value] of small.train.pixels.entries()) {
      const y = Math.floor(i / 32) % 32;
      const x = i % 32;
      if (y >= 8 && y < 24 && x >= 8 && x < 24) middle += value / 256;
      else if (y === 0 || y === 31 || x === 0 || x === 31) ring += value / 124;
    }
    expect(middle / ring).toBeGreaterThan(1.1);
  });

  test("sizes below 1 are refused", () => {
    expect(() => makeGlyphs({ train: 0 })).toThrow("glyphs: expected train to be an integer ≥ 1, got 0");
    expect(() => makeGlyphs({ test: 1.5 })).toThrow("glyphs: expected test to be an integer ≥ 1, got 1.5");
  });
});
