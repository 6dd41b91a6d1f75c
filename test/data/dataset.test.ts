import { describe, expect, test } from "vitest";
import { makeDataset } from "../../src/data/dataset.ts";
import { tiny, tinyDataset } from "./fixtures.ts";

describe("a data set from JavaScript", () => {
  const parts = tinyDataset(20, 5);

  test("pixels and labels of other types are refused instead of being read as other numbers", () => {
    const floats = { ...parts.train, pixels: Float32Array.from(parts.train.pixels, (x) => x / 255) } as never;
    expect(() => makeDataset({ ...parts, train: floats })).toThrow(
      "tiny train: expected pixels as a Uint8Array, got Float32Array",
    );
    const list = { ...parts.test, labels: Array.from(parts.test.labels) } as never;
    expect(() => makeDataset({ ...parts, test: list })).toThrow(
      "tiny test: expected labels as a Uint8Array, got Array",
    );
    const none = { ...parts.train, pixels: undefined } as never;
    expect(() => makeDataset({ ...parts, train: none })).toThrow("expected pixels as a Uint8Array, got undefined");
  });

  test("more classes than a byte can tell apart are refused", () => {
    const classes = Array.from({ length: 300 }, (_, i) => String(i));
    expect(() => makeDataset({ ...parts, classes, train: tiny(600, 300), test: tiny(600, 300) })).toThrow(
      "tiny: expected at most 256 classes, for a label is a byte; got 300",
    );
  });

  test("means and deviations that are no numbers are refused", () => {
    expect(() => makeDataset({ ...parts, mean: [NaN, 0] })).toThrow("expected 2 means and positive deviations");
    expect(() => makeDataset({ ...parts, std: [Infinity, 1] })).toThrow("expected 2 means and positive deviations");
  });
});
