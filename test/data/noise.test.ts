import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import type { LabelledSet, Noise } from "../../src/data/noise/noise.ts";
import { parseNoise } from "../../src/data/noise/parse.ts";
import { loadDataset } from "../../src/data/sets/load.ts";
import { Random } from "../../src/random.ts";
import { cifarBytes, temporary } from "./fixtures.ts";

/** n examples with clean labels i mod K. */
const labelled = (K: number, more: Partial<LabelledSet> = {}, n = K): LabelledSet => ({
  name: "set",
  classes: Array.from({ length: K }, (_, k) => `class ${k}`),
  train: { labels: Uint8Array.from({ length: n }, (_, i) => i % K) },
  ...more,
});
const fit = async (text: string, data: LabelledSet, seed = 1): Promise<Noise> =>
  parseNoise(text).fit(data, { seed, folder: "none" });
const matrixOf = async (text: string, data: LabelledSet, seed = 1): Promise<Float64Array> =>
  (await fit(text, data, seed)).matrix!;

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
    "given",
  ])("%s is read and written back", (text) => {
    expect(parseNoise(text).text).toBe(text);
  });

  test("the text is brought into normal form", () => {
    expect(parseNoise(" flip2:.40 ").text).toBe("flip2:0.4");
  });

  test.each([
    [
      "",
      "noise: expected none, uniform:PROBABILITY, flip1:PROBABILITY, flip2:PROBABILITY, given or " +
        `cifarn:aggre|random1|random2|random3|worse|noisy, got ""`,
    ],
    ["gauss:0.1", `got "gauss:0.1"`],
    ["flip:0.4", `got "flip:0.4". Did you mean flip1 (one target) or flip2 (two targets, the papers' "flip")?`],
    ["sym:0.4", `Did you mean uniform?`],
    ["asym:0.4", `Did you mean flip1?`],
    ["none:0.1", `noise: "none" takes no value, got "none:0.1"`],
    ["uniform", "noise: uniform needs a probability, for example uniform:0.4"],
    ["uniform:", "noise: uniform needs a probability, for example uniform:0.4"],
    ["uniform:40", `noise: expected a probability from 0 to 1 in "uniform:40". Did you mean uniform:0.4?`],
    ["uniform:-0.1", `noise: expected a probability from 0 to 1 in "uniform:-0.1"`],
    ["flip2:x", `noise: expected a probability from 0 to 1 in "flip2:x"`],
    ["constructor", `or cifarn:aggre|random1|random2|random3|worse|noisy, got "constructor"`],
    ["flip2:0.4:1", `got "flip2:0.4:1"`],
    ["cifarn", `noise: cifarn needs one of aggre, random1, random2, random3, worse, noisy, got "cifarn"`],
    ["cifarn:worst", `got "cifarn:worst"`],
  ])("%j is refused", (text, message) => {
    expect(() => parseNoise(text)).toThrow(message);
  });

  test("a setting that is no text is refused", () => {
    expect(() => parseNoise(0.4 as unknown as string)).toThrow(
      new ConfigError(`noise: expected a text such as "flip2:0.4", got 0.4`),
    );
  });
});

describe("transition matrices", () => {
  /** One image of each class, as the set's loader reads it. */
  async function cifarLike(name: "cifar10" | "cifar100"): Promise<LabelledSet> {
    const dir = await temporary();
    const K = name === "cifar10" ? 10 : 100;
    const files =
      K === 10 ? [...[1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`), "test_batch.bin"] : ["train.bin", "test.bin"];
    for (const file of files) await writeFile(join(dir, file), cifarBytes(K, K));
    return loadDataset({ name, dir });
  }

  const row = (matrix: Float64Array, i: number, K: number): number[] => Array.from(matrix.subarray(i * K, (i + 1) * K));

  test("uniform(p) is p/K everywhere and 1 − p more on the diagonal", async () => {
    const matrix = await matrixOf("uniform:0.4", labelled(10));
    expect(row(matrix, 3, 10).map((c) => c.toFixed(12))).toEqual(
      [0.04, 0.04, 0.04, 0.64, ...new Array<number>(6).fill(0.04)].map((c) => c.toFixed(12)),
    );
  });

  // Meta-Weight-Net's pairs, recomputed with numpy: seed(1), then choice(others, 2, replace=False) for each class.
  test("flip2 on CIFAR-10 has Meta-Weight-Net's pairs, p/2 each, whatever the seed", async () => {
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
    const data = await cifarLike("cifar10");
    const matrix = await matrixOf("flip2:0.4", data);
    for (const [i, targets] of pairs.entries()) {
      const expected = Array.from({ length: 10 }, (_, j) => (j === i ? 0.6 : targets.includes(j) ? 0.2 : 0));
      expect(row(matrix, i, 10)).toEqual(expected);
    }
    expect(await matrixOf("flip2:0.4", data, 99)).toEqual(matrix);
  });

  test("flip2 on CIFAR-100 has Meta-Weight-Net's pairs", async () => {
    const data = await cifarLike("cifar100");
    const matrix = await matrixOf("flip2:0.5", data);
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
    for (let i = 0; i < 100; i++) expect(row(matrix, i, 100).filter((c) => c === 0.25).length).toBe(2);
  });

  test("the pairs of flip2 belong to a data set, not to its name", async () => {
    const flipPairs = [
      [1, 2],
      [2, 0],
      [0, 1],
    ] as const;
    expect(await matrixOf("flip2:0.5", labelled(3, { flipPairs }))).toEqual(
      Float64Array.of(0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.25, 0.25, 0.5),
    );
    const namesake = await matrixOf("flip2:0.4", labelled(10, { name: "cifar10" }), 99);
    expect(namesake).not.toEqual(await matrixOf("flip2:0.4", labelled(10, { name: "cifar10" }), 1));
  });

  test.each(["none", "uniform", "flip1", "flip2"] as const)(
    "the rows of %s sum to one and flips leave the own class out",
    async (kind) => {
      const targets = { none: 0, uniform: 6, flip1: 1, flip2: 2 }[kind];
      for (const seed of [1, 2]) {
        const matrix = await matrixOf(kind === "none" ? kind : `${kind}:0.3`, labelled(7), seed);
        for (let i = 0; i < 7; i++) {
          const values = row(matrix, i, 7);
          expect(Math.abs(values.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-15 * 7);
          expect(values.filter((c, j) => j !== i && c > 0).length).toBe(targets);
        }
      }
    },
  );

  test("targets of other data sets depend on the seed", async () => {
    const draw = (seed: number): Promise<Float64Array> => matrixOf("flip2:0.4", labelled(10), seed);
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
  });

  test("too few classes for the targets is an error", async () => {
    await expect(fit("flip2:0.4", labelled(2))).rejects.toThrow("noise: flip2 needs at least 3 classes, set has 2");
    await expect(fit("flip1:0.4", labelled(1))).rejects.toThrow("noise: flip1 needs at least 2 classes, set has 1");
  });
});

describe("corrupted labels", () => {
  const n = 50_000;
  const data = labelled(10, {}, n);
  const clean = data.train.labels;
  const indices = Uint32Array.from(clean.keys());

  // A count is binomial: n·C ± 4·√(n·C·(1 − C)); 300 cells at 4 σ exceed it with probability 2 %, and the draws are fixed.
  test.each(["uniform", "flip1", "flip2"] as const)(
    "%s: the confusion counts follow the matrix within 4 sigma",
    async (kind) => {
      const noise = await fit(`${kind}:0.4`, data, 3);
      const { labels } = noise.corrupt(indices, "noise");
      const counts = new Float64Array(100);
      for (let i = 0; i < n; i++) counts[clean[i]! * 10 + labels[i]!]!++;
      for (const [cell, p] of noise.matrix!.entries()) {
        expect(Math.abs(counts[cell]! - 5000 * p)).toBeLessThanOrEqual(4 * Math.sqrt(5000 * p * (1 - p)));
      }
    },
  );

  test("uniform:0.4 changes 36 % of ten-class labels, and the mask says which", async () => {
    const { labels, mask, rate } = (await fit("uniform:0.4", data)).corrupt(indices, "noise");
    expect(Math.abs(rate - 0.36)).toBeLessThan(4 * Math.sqrt((0.36 * 0.64) / n));
    expect(mask.every((flag, i) => flag === (labels[i] === clean[i] ? 0 : 1))).toBe(true);
    expect(rate).toBe(mask.reduce((a, b) => a + b, 0) / n);
  });

  test("a label depends on the original index alone, not on the subset or its order", async () => {
    const noise = await fit("flip2:0.4", data, 5);
    const whole = noise.corrupt(indices, "noise");
    const some = new Random(1, "some").permutation(n).slice(0, 1000);
    expect(Array.from(noise.corrupt(some, "noise").labels)).toEqual(Array.from(some, (i) => whole.labels[i]!));
    expect((await fit("flip2:0.4", data, 5)).corrupt(indices, "noise").hash).toBe(whole.hash);
    expect((await fit("flip2:0.4", data, 6)).corrupt(indices, "noise").hash).not.toBe(whole.hash);
  });

  test("p = 0 changes nothing and p = 1 with one target everything", async () => {
    expect((await fit("none", data)).corrupt(indices, "noise").rate).toBe(0);
    expect((await fit("flip1:1", data)).corrupt(indices, "noise").rate).toBe(1);
  });
});
