/** @file Trusted examples that are trained on: which ones, how often, and in which rows. */

import { describe, expect, test } from "vitest";
import { divideTrusted } from "../../src/data/split.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import { prepareClassification } from "../../src/tasks/classification.ts";
import { shareOfTrusted, trustedBefore } from "../../src/tasks/diet.ts";
import { ImageBatches } from "../../src/tasks/images/batches.ts";
import { tinyDataset } from "../data/fixtures.ts";

const ascending = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

describe("which trusted examples train", () => {
  const labels = Uint8Array.from({ length: 60 }, (_, i) => i % 4);
  const indices = Uint32Array.from({ length: 40 }, (_, i) => i + 10);

  test("are a share of each class, rounded down; the others stay apart", () => {
    const { trained, apart } = divideTrusted(indices, labels, 4, 0.55, 7);
    const perClass = [0, 1, 2, 3].map((c) => [...trained].filter((i) => labels[i] === c).length);
    expect(perClass).toEqual([5, 5, 5, 5]); // ⌊0.55 · 10⌋
    expect(ascending([...trained, ...apart])).toEqual([...indices]);
    expect([...trained]).toEqual(ascending(trained));
  });

  test.each([
    [0, 0],
    [1, 40],
  ])("a share of %f is %i of 40", (share, count) => {
    expect(divideTrusted(indices, labels, 4, share, 7).trained.length).toBe(count);
  });

  test("differ with the seed", () => {
    const of = (seed: number): number[] => [...divideTrusted(indices, labels, 4, 0.5, seed).trained];
    expect(of(1)).not.toEqual(of(2));
    expect(of(1)).toEqual(of(1));
  });
});

describe("the diet", () => {
  const counts = { stepsPerPass: 10, size: 8 };

  test("adds up fractions of a row", () => {
    const diet = [{ fromPass: 0, share: 1 / 3 }];
    const rows = Array.from(
      { length: 9 },
      (_, d) => trustedBefore(diet, d + 1, counts) - trustedBefore(diet, d, counts),
    );
    expect(rows).toEqual([2, 3, 3, 2, 3, 3, 2, 3, 3]); // ⌊8 (d + 1) / 3⌋ − ⌊8 d / 3⌋
  });

  test("goes from phase to phase", () => {
    const diet = [
      { fromPass: 0, share: 0 },
      { fromPass: 1.5, share: 1 },
      { fromPass: 2, share: 0.5 },
    ];
    expect([0, 15, 16, 20, 22].map((draw) => trustedBefore(diet, draw, counts))).toEqual([0, 0, 8, 40, 48]);
  });

  test("draws a trusted example as often as asked, beside each untrusted one", () => {
    const [untrusted, trusted, copies] = [5000, 1000, 5];
    const share = shareOfTrusted(untrusted, trusted, copies);
    expect(share / trusted / ((1 - share) / untrusted)).toBeCloseTo(copies, 12);
  });
});

describe("batches with trusted rows", async () => {
  const dataset = tinyDataset(120, 5);
  const options = { dataset, validSize: 20, noise: "uniform:1", seed: 3 };
  const task = await prepareClassification({ ...options, trainOnTrusted: 0.5 });
  // 100 untrusted and 10 trusted examples, five times as often: 50 of 150 rows.
  const diet = [{ fromPass: 0, share: shareOfTrusted(100, 10, 5) }];
  const batches = new ImageBatches(task, { size: 30, diet });
  const draws = Array.from({ length: 5 }, (_, draw) => batchAt(batches, draw));

  test("hold every untrusted example once while trusted ones come as often as they should", () => {
    expect(draws.map(({ size }) => size)).toEqual([30, 30, 30, 30, 30]);
    const positions = draws.flatMap((batch) => [...batch.positions]);
    const times = (position: number): number => positions.filter((one) => one === position).length;
    expect(new Set(Array.from({ length: 100 }, (_, i) => times(i)))).toEqual(new Set([1]));
    expect(new Set(Array.from({ length: 10 }, (_, i) => times(100 + i)))).toEqual(new Set([5]));
    expect(batches.stepsPerPass).toBe(4); // as without them: ⌈100/30⌉
  });

  test("mark them, and give them their right labels", () => {
    for (const { positions, arrays } of draws) {
      const marks = Array.from(positions, (position) => (position < 100 ? 0 : 1));
      expect(Array.from(arrays["trusted"]!.data)).toEqual(marks);
      const right = Array.from(positions, (position) =>
        position < 100 ? task.train.labels[position]! : dataset.train.labels[task.trusted.indices[position - 100]!]!,
      );
      expect(Array.from(arrays["labels"]!.data)).toEqual(right);
    }
  });

  test("draw the same trusted image in another variation each time", () => {
    const imageOf = (draw: number): number[] => {
      const { positions, arrays } = draws[draw]!;
      const at = [...positions].indexOf(104);
      return at < 0 ? [] : [...arrays["images"]!.data.slice(at * 32, (at + 1) * 32)];
    };
    const images = draws.map((_, draw) => imageOf(draw)).filter((image) => image.length > 0);
    expect(images.length).toBeGreaterThan(1);
    expect(images[0]).not.toEqual(images[1]);
  });

  test("any batch can be made again, in any order", () => {
    const other = new ImageBatches(task, { size: 30, diet });
    for (const at of [4, 1, 3, 0]) expect(batchAt(other, at)).toEqual(draws[at]);
  });

  test("clean batches come from examples apart, or from the trained ones where none is", async () => {
    const apart = new Set(task.valid.indices);
    const cleanOf = async (share: number): Promise<number> => {
      const all = await prepareClassification({ ...options, trainOnTrusted: share });
      return new ImageBatches(all, { size: 30, cleanSize: 50, diet }).clean(0, false).size;
    };
    expect([apart.size, await cleanOf(0.5), await cleanOf(1)]).toEqual([10, 10, 20]);
    expect([...task.trusted.indices].some((index) => apart.has(index))).toBe(false);
  });

  test("the noise, the training part and the hashes do not depend on them", async () => {
    const without = await prepareClassification(options);
    expect(task.hashes).toEqual(without.hashes);
    expect(task.train).toEqual(without.train);
    expect(ascending([...task.trusted.indices, ...task.valid.indices])).toEqual([...without.valid.indices]);
  });
});
