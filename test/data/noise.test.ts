import { describe, expect, test } from "vitest";
import { CIFAR100_FLIPS } from "../../src/data/noise/flip-pairs.ts";
import { formatNoise, parseNoise } from "../../src/data/noise/noise-spec.ts";
import { corrupt, transitionMatrix } from "../../src/data/noise/noise.ts";
import { Random } from "../../src/random.ts";

describe("the noise setting", () => {
  test.each([
    "none",
    "uniform:0.4",
    "flip1:0.2",
    "flip2:1",
    "uniform:0",
    "uniform:1e-7",
    "cifarn:worse",
    "cifarn:noisy",
  ])("%s is read and written back", (text) => {
    expect(formatNoise(parseNoise(text))).toBe(text);
  });

  test("the probability is a number", () => {
    expect(parseNoise(" flip2:.40 ")).toEqual({ kind: "flip2", p: 0.4 });
  });

  test.each([
    [
      "",
      `noise: expected none, uniform:P, flip1:P, flip2:P (0 ≤ P ≤ 1), or cifarn:SET (aggre, random1, random2, random3, worse, noisy), got ""`,
    ],
    ["gauss:0.1", `got "gauss:0.1"`],
    ["flip:0.4", `got "flip:0.4". Did you mean flip2 (two targets, the papers' "flip") or flip1 (one target)?`],
    ["sym:0.4", `Did you mean uniform?`],
    ["asym:0.4", `Did you mean flip1?`],
    ["none:0.1", `noise: "none" takes no value, got "none:0.1"`],
    ["uniform", "noise: uniform needs a probability, for example uniform:0.4"],
    ["uniform:", "noise: uniform needs a probability, for example uniform:0.4"],
    ["uniform:40", `noise: expected a probability from 0 to 1 in "uniform:40". Did you mean uniform:0.4?`],
    ["uniform:-0.1", `noise: expected a probability from 0 to 1 in "uniform:-0.1"`],
    ["flip2:x", `noise: expected a probability from 0 to 1 in "flip2:x"`],
    ["constructor", `or cifarn:SET (aggre, random1, random2, random3, worse, noisy), got "constructor"`],
    ["flip2:0.4:1", `got "flip2:0.4:1"`],
    ["cifarn", `noise: cifarn needs one of aggre, random1, random2, random3, worse, noisy, got "cifarn"`],
    ["cifarn:worst", `got "cifarn:worst"`],
  ])("%j is refused", (text, message) => {
    expect(() => parseNoise(text)).toThrow(message);
  });
});

describe("transition matrices", () => {
  const row = (matrix: Float64Array, i: number, K: number): number[] => Array.from(matrix.subarray(i * K, (i + 1) * K));

  test("uniform(p) is p/K everywhere and 1 − p more on the diagonal", () => {
    const matrix = transitionMatrix({ kind: "uniform", p: 0.4 }, "cifar10", 10, 1);
    expect(row(matrix, 3, 10).map((c) => c.toFixed(12))).toEqual(
      [0.04, 0.04, 0.04, 0.64, ...new Array<number>(6).fill(0.04)].map((c) => c.toFixed(12)),
    );
  });

  // Meta-Weight-Net's pairs, recomputed with numpy: seed(1), then choice(others, 2, replace=False) for each class.
  test("flip2 on CIFAR-10 has Meta-Weight-Net's pairs, p/2 each, whatever the seed", () => {
    const pairs = [
      [9, 3],
      [4, 8],
      [1, 8],
      [8, 4],
      [2, 5],
      [7, 4],
      [9, 2],
      [8, 5],
      [6, 5],
      [5, 4],
    ];
    const matrix = transitionMatrix({ kind: "flip2", p: 0.4 }, "cifar10", 10, 1);
    for (const [i, targets] of pairs.entries()) {
      const expected = Array.from({ length: 10 }, (_, j) => (j === i ? 0.6 : targets.includes(j) ? 0.2 : 0));
      expect(row(matrix, i, 10)).toEqual(expected);
    }
    expect(transitionMatrix({ kind: "flip2", p: 0.4 }, "cifar10", 10, 99)).toEqual(matrix);
  });

  test("flip2 on CIFAR-100 has Meta-Weight-Net's pairs", () => {
    const matrix = transitionMatrix({ kind: "flip2", p: 0.5 }, "cifar100", 100, 1);
    for (const [i, targets] of [
      [0, [84, 93]],
      [1, [45, 70]],
      [4, [44, 46]],
      [57, [40, 49]],
      [95, [10, 46]],
      [99, [20, 96]],
    ] as const) {
      expect(row(matrix, i, 100).flatMap((c, j) => (c === 0.25 ? [j] : []))).toEqual(targets);
    }
    expect(CIFAR100_FLIPS.length).toBe(100);
    expect(CIFAR100_FLIPS.every(([a, b], i) => a !== b && a !== i && b !== i && a < 100 && b < 100)).toBe(true);
  });

  test.each(["none", "uniform", "flip1", "flip2"] as const)(
    "the rows of %s sum to one and flips leave the own class out",
    (kind) => {
      const spec = kind === "none" ? { kind } : { kind, p: 0.3 };
      const targets = { none: 0, uniform: 6, flip1: 1, flip2: 2 }[kind];
      for (const seed of [1, 2]) {
        const matrix = transitionMatrix(spec, "glyphs", 7, seed);
        for (let i = 0; i < 7; i++) {
          const values = row(matrix, i, 7);
          expect(Math.abs(values.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-15 * 7);
          expect(values.filter((c, j) => j !== i && c > 0).length).toBe(targets);
        }
      }
    },
  );

  test("targets of other data sets depend on the seed", () => {
    const draw = (seed: number): Float64Array => transitionMatrix({ kind: "flip2", p: 0.4 }, "glyphs", 10, seed);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test("too few classes for the targets is an error", () => {
    expect(() => transitionMatrix({ kind: "flip2", p: 0.4 }, "two", 2, 1)).toThrow(
      "noise: flip2 needs at least 3 classes, two has 2",
    );
    expect(() => transitionMatrix({ kind: "flip1", p: 0.4 }, "one", 1, 1)).toThrow(
      "noise: flip1 needs at least 2 classes, one has 1",
    );
  });
});

describe("corrupted labels", () => {
  const n = 50_000;
  const clean = Uint8Array.from({ length: n }, (_, i) => i % 10);
  const indices = Uint32Array.from(clean.keys());

  // A count is binomial: n·C ± 4·√(n·C·(1 − C)); 300 cells at 4 σ exceed it with probability 2 %, and the draws are fixed.
  test.each(["uniform", "flip1", "flip2"] as const)(
    "%s: the confusion counts follow the matrix within 4 sigma",
    (kind) => {
      const matrix = transitionMatrix({ kind, p: 0.4 }, "cifar10", 10, 3);
      const { labels } = corrupt(clean, indices, matrix, 3);
      const counts = new Float64Array(100);
      for (let i = 0; i < n; i++) counts[clean[i]! * 10 + labels[i]!]!++;
      for (const [cell, p] of matrix.entries()) {
        expect(Math.abs(counts[cell]! - 5000 * p)).toBeLessThanOrEqual(4 * Math.sqrt(5000 * p * (1 - p)));
      }
    },
  );

  test("uniform:0.4 changes 36 % of ten-class labels, and the mask says which", () => {
    const { labels, mask, rate } = corrupt(
      clean,
      indices,
      transitionMatrix({ kind: "uniform", p: 0.4 }, "cifar10", 10, 1),
      1,
    );
    expect(Math.abs(rate - 0.36)).toBeLessThan(4 * Math.sqrt((0.36 * 0.64) / n));
    expect(mask.every((flag, i) => flag === (labels[i] === clean[i] ? 0 : 1))).toBe(true);
    expect(rate).toBe(mask.reduce((a, b) => a + b, 0) / n);
  });

  test("a label depends on the original index alone, not on the subset or its order", () => {
    const matrix = transitionMatrix({ kind: "flip2", p: 0.4 }, "cifar10", 10, 5);
    const whole = corrupt(clean, indices, matrix, 5);
    const some = new Random(1, "some").permutation(n).slice(0, 1000);
    const part = corrupt(
      Uint8Array.from(some, (i) => clean[i]!),
      some,
      matrix,
      5,
    );
    expect(Array.from(part.labels)).toEqual(Array.from(some, (i) => whole.labels[i]!));
    expect(corrupt(clean, indices, matrix, 5).hash).toBe(whole.hash);
    expect(corrupt(clean, indices, matrix, 6).hash).not.toBe(whole.hash);
  });

  test("p = 0 changes nothing and p = 1 with one target everything", () => {
    expect(corrupt(clean, indices, transitionMatrix({ kind: "none" }, "cifar10", 10, 1), 1).rate).toBe(0);
    expect(corrupt(clean, indices, transitionMatrix({ kind: "flip1", p: 1 }, "cifar10", 10, 1), 1).rate).toBe(1);
  });
});
