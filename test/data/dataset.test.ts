import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { makeDataset } from "../../src/data/dataset.ts";
import { DataError } from "../../src/errors.ts";
import { tiny, tinyDataset } from "./fixtures.ts";

const parts = { ...tinyDataset(10, 5), train: tiny(10, 5), test: tiny(5, 5) };

describe("the labels of a data set", () => {
  const sha256 = (...arrays: Uint8Array[]): string => {
    const hash = createHash("sha256");
    for (const array of arrays) hash.update(array);
    return hash.digest("hex");
  };
  const ids = (count: number, K: number): number[] => Array.from({ length: count }, (_, i) => i % K);
  const int32 = (values: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, i) => bytes.writeInt32LE(value, 4 * i));
    return bytes;
  };

  test("of 256 classes are bytes, in whatever integers they came, and hashed as such", () => {
    const { train, test: held, hash } = tinyDataset(512, 256);
    expect([train.labels, held.labels]).toEqual([Uint8Array.from(ids(512, 256)), Uint8Array.from(ids(512, 256))]);
    expect(hash).toBe(
      sha256(train.pixels, Uint8Array.from(ids(512, 256)), held.pixels, Uint8Array.from(ids(512, 256))),
    );
  });

  test("of 257 classes are int32, little-endian in the hash", () => {
    const { train, test: held, hash } = tinyDataset(600, 257);
    expect([train.labels, held.labels]).toEqual([Int32Array.from(ids(600, 257)), Int32Array.from(ids(514, 257))]);
    expect(hash).toBe(sha256(train.pixels, int32(ids(600, 257)), held.pixels, int32(ids(514, 257))));
  });
});

describe("a data set", () => {
  const images = (change: object) => ({ train: { ...tiny(10, 5), ...change } });

  test.each([
    ["no images", { train: tiny(0, 5) }, "tiny train: no images"],
    ["shapes that differ", { test: tiny(5, 5, [2, 4, 5]) }, "tiny: train images are [2, 4, 4], test images [2, 4, 5]"],
    [
      "too few pixels",
      images({ pixels: new Uint8Array(3) }),
      "tiny train: expected 10 labels and 320 pixel bytes (10 × [2, 4, 4]), got 10 and 3",
    ],
    [
      "too few labels",
      images({ labels: new Uint8Array(9) }),
      "tiny train: expected 10 labels and 320 pixel bytes (10 × [2, 4, 4]), got 9 and 320",
    ],
    [
      "a label that is no class",
      { test: { ...tiny(2, 5), labels: Uint8Array.of(0, 5) } },
      "tiny test: label 5 of image 1 is not one of 5 classes",
    ],
    [
      "a negative label",
      { test: { ...tiny(2, 5), labels: Int32Array.of(0, -1) } },
      "tiny test: label -1 of image 1 is not one of 5 classes",
    ],
    [
      "a deviation of zero",
      { std: [1, 0] },
      "tiny: expected 2 means and positive deviations, got mean [0.5, 0.25], std [1, 0]",
    ],
  ])("with %s is refused", (_, change, message) => {
    expect(() => makeDataset({ ...parts, ...change })).toThrow(new DataError(message));
  });

  // What types forbid and plain JavaScript allows.
  test.each([
    ["no name", { name: undefined }, "data set: expected name to be a text, got undefined"],
    ["an empty name", { name: "" }, `data set: expected name to be a text, got ""`],
    ["a number of classes", { classes: 5 }, "tiny: expected classes to be an array of names, at least one, got 5"],
    ["no classes", { classes: [] }, "tiny: expected classes to be an array of names, at least one, got []"],
    [
      "no test images",
      { test: undefined },
      "tiny test: expected images { pixels, labels, shape, count }, got undefined",
    ],
    [
      "a flat shape",
      images({ shape: [4, 4] }),
      "tiny train: expected shape to be [channels, height, width], integers ≥ 1, got [4, 4]",
    ],
    [
      "an empty shape",
      images({ shape: [2, 0, 4] }),
      "tiny train: expected shape to be [channels, height, width], integers ≥ 1, got [2, 0, 4]",
    ],
    ["half an image", images({ count: 9.5 }), "tiny train: expected count to be the number of images, got 9.5"],
    ["no count", images({ count: undefined }), "tiny train: expected count to be the number of images, got undefined"],
    [
      "float pixels",
      images({ pixels: new Float32Array(320) }),
      "tiny train: expected pixels to be a Uint8Array of values 0…255, got Float32Array. " +
        "Convert numbers in [0, 1] with Uint8Array.from(pixels, (value) => Math.round(255 * value))",
    ],
    [
      "float labels",
      images({ labels: new Float32Array(10).fill(NaN) }),
      "tiny train: expected labels to be a Uint8Array or Int32Array of class ids, got Float32Array. " +
        "Convert whole numbers with Int32Array.from(labels)",
    ],
    [
      "labels in an ordinary array",
      images({ labels: [0, 1] }),
      "tiny train: expected labels to be a Uint8Array or Int32Array of class ids, got Array. " +
        "Convert whole numbers with Int32Array.from(labels)",
    ],
    [
      "a mean that is no number",
      { mean: [NaN, 0.5] },
      "tiny: expected 2 means and positive deviations, got mean [NaN, 0.5], std [0.5, 0.25]",
    ],
    [
      "an infinite deviation",
      { std: [Infinity, 1] },
      "tiny: expected 2 means and positive deviations, got mean [0.5, 0.25], std [Infinity, 1]",
    ],
    ["a single mean", { mean: 0.5 }, "tiny: expected 2 means and positive deviations, got mean 0.5, std [0.5, 0.25]"],
    [
      "flip pairs of other classes",
      { flipPairs: [[1, 2]] },
      "tiny: expected flipPairs to be an array of 5 pairs, one for each class, got [1,2]",
    ],
    [
      "a flip to the own class",
      { flipPairs: [1, 2, 3, 4, 0].map((k, own) => [k, own === 3 ? 3 : (own + 2) % 5]) },
      "tiny: expected flipPairs[3] to be two classes other than 3, below 5, got [4, 3]",
    ],
  ])("with %s is refused", (_, change, message) => {
    expect(() => makeDataset({ ...parts, ...(change as object) })).toThrow(new DataError(message));
  });
});
