import { describe, expect, test } from "vitest";
import { philox, Random } from "../src/random.ts";

const block = (counter: number[], key: number[]): string[] => {
  const out = new Uint32Array(4);
  philox(counter, key, out);
  return Array.from(out, (word) => word.toString(16).padStart(8, "0"));
};

describe("philox4x32-10", () => {
  // kat_vectors of Random123 (Salmon et al. 2011).
  test("gives the known answers of Random123", () => {
    expect(block([0, 0, 0, 0], [0, 0])).toEqual(["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]);
    const ones = 0xffffffff;
    expect(block([ones, ones, ones, ones], [ones, ones])).toEqual(["408f276d", "41c83b0e", "a20bc7c6", "6d5451fd"]);
    expect(block([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      "d16cfe09",
      "94fdcceb",
      "5001e420",
      "24126ea1",
    ]);
  });
});

describe("Random", () => {
  const draws = (random: Random, n: number): number[] => Array.from({ length: n }, () => random.uint32());

  test("the same key gives the same numbers, any other key others", () => {
    const first = draws(new Random(7, "a", 1, 2), 10);
    expect(draws(new Random(7, "a", 1, 2), 10)).toEqual(first);
    for (const other of [
      new Random(8, "a", 1, 2),
      new Random(7, "b", 1, 2),
      new Random(7, "a", 2, 2),
      new Random(7, "a", 1, 3),
    ]) {
      expect(draws(other, 10)).not.toEqual(first);
    }
  });

  // Mean of n uniforms: 1/2 ± 4/√(12 n); second moment 1/3 ± 4·√(4/45/n).
  test("uniform numbers have the moments of [0, 1)", () => {
    const random = new Random(1, "uniform");
    const n = 40_000;
    const values = Array.from({ length: n }, () => random.uniform());
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(4 / Math.sqrt(12 * n));
    expect(Math.abs(mean(values.map((u) => u * u)) - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / n));
  });

  // Moments of N(0, 1) are 0, 1, 0, 3 with variances of their estimates 1/n, 2/n, 15/n, 96/n.
  test("normal numbers have the first four moments of N(0, 1)", () => {
    const random = new Random(1, "normal");
    const n = 40_000;
    const values = Array.from({ length: n }, () => random.normal());
    for (const [power, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const) {
      expect(Math.abs(mean(values.map((z) => z ** power)) - expected)).toBeLessThan(4 * Math.sqrt(variance / n));
    }
  });

  test("integers are in range and equally frequent", () => {
    const random = new Random(3, "integer");
    const counts = new Array<number>(7).fill(0);
    const n = 70_000;
    for (let i = 0; i < n; i++) counts[random.integer(7)]!++;
    // χ² with 6 degrees of freedom exceeds 22.5 with probability 0.001.
    expect(counts.reduce((sum, count) => sum + (count - n / 7) ** 2 / (n / 7), 0)).toBeLessThan(22.5);
  });

  test("a permutation holds each number once", () => {
    const order = new Random(5, "order").permutation(1000);
    expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(Array.from(new Random(5, "order").permutation(0))).toEqual([]);
  });

  test("all 24 permutations of four are equally frequent", () => {
    const counts = new Map<string, number>();
    const n = 24_000;
    for (let i = 0; i < n; i++) {
      const key = new Random(9, "four", i).permutation(4).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // χ² with 23 degrees of freedom exceeds 49.7 with probability 0.001.
    expect(counts.size).toBe(24);
    expect([...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(49.7);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
