/** Laws of the noise on sentence pairs; test/fixtures/translation/noise.json has the expectations. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { PairNoiseSetting } from "../../../src/data/pairs/noise/pair-noise.ts";
import { parsePairNoise } from "../../../src/data/pairs/noise/parse-pair-noise.ts";
import { partners } from "../../../src/data/pairs/noise/swap.ts";
import type { TrainPairs } from "../../../src/data/pairs/pairs.ts";
import { wordsBetweenSpaces } from "../../../src/data/text/words.ts";

const facts = JSON.parse(readFileSync(new URL("../../fixtures/translation/noise.json", import.meta.url), "utf8")) as {
  readonly p: number;
  readonly q: number;
  readonly maskedShare: number;
  readonly pairHasMask: readonly { readonly words: number; readonly probability: number }[];
};

/** `count` pairs of m source and n target words each. */
function pairsOf(count: number, m: number, n: number): TrainPairs {
  const line = (mark: string, i: number, words: number): string =>
    Array.from({ length: words }, (_, w) => `${mark}${i}.${w}`).join(" ");
  const each = (mark: string, words: number): string[] => Array.from({ length: count }, (_, i) => line(mark, i, words));
  return { source: each("s", m), target: each("t", n), lines: Uint32Array.from({ length: count }, (_, i) => i) };
}

const all = ({ lines }: TrainPairs): Uint32Array => Uint32Array.from(lines.keys());
const spoilt = (setting: PairNoiseSetting, pairs: TrainPairs, seed = 1) =>
  setting.spoil(pairs, all(pairs), seed, "noise");
const masks = (line: string): number => wordsBetweenSpaces(line).filter((word) => word === "MASK").length;

describe("mask", () => {
  const { p, q } = facts;
  const setting = parsePairNoise(`mask:${p}:${q}`);
  const N = 20_000;

  test.each(facts.pairHasMask)(
    "pairs of $words words have a mask with the probability p (1 − (1 − q)^n)",
    ({ words, probability }) => {
      expect(probability).toBeCloseTo(p * (1 - (1 - q) ** words), 12);
      const pairs = pairsOf(N, Math.floor(words / 2), Math.ceil(words / 2));
      const { rate, mask, source, target } = spoilt(setting, pairs);
      expect(Math.abs(rate - probability)).toBeLessThan(3 * Math.sqrt((probability * (1 - probability)) / N));
      // The mask tells exactly which pairs have one.
      expect(Array.from(mask)).toEqual(source.map((line, n) => (masks(line) + masks(target[n]!) > 0 ? 1 : 0)));
      const total = [...source, ...target].reduce((sum, line) => sum + masks(line), 0);
      // Per pair a compound binomial: variance p n q (1 − q) + p (1 − p) n² q².
      const variance = p * words * q * (1 - q) + p * (1 - p) * words ** 2 * q ** 2;
      expect(Math.abs(total - N * words * facts.maskedShare)).toBeLessThan(3 * Math.sqrt(N * variance));
    },
  );

  test("masked words of chosen pairs are binomial, independent between the sides", () => {
    const [m, n] = [10, 14];
    const { source, target } = spoilt(parsePairNoise(`mask:1:${q}`), pairsOf(N, m, n));
    const [a, b] = [source.map(masks), target.map(masks)];
    const mean = (values: readonly number[]): number => values.reduce((x, y) => x + y, 0) / values.length;
    const squared = a.map((x) => (x - m * q) ** 2);
    expect(Math.abs(mean(a) - m * q)).toBeLessThan(3 * Math.sqrt((m * q * (1 - q)) / N));
    // The variance of a sample variance is about 2 σ⁴ / N.
    expect(Math.abs(mean(squared) - m * q * (1 - q))).toBeLessThan(3 * m * q * (1 - q) * Math.sqrt(2.5 / N));
    const product = a.map((x, i) => ((x - m * q) * (b[i]! - n * q)) / (q * (1 - q) * Math.sqrt(m * n)));
    expect(Math.abs(mean(product))).toBeLessThan(3 / Math.sqrt(N));
  });

  test("words stay in their places", () => {
    const pairs = pairsOf(50, 5, 5);
    const { source } = spoilt(parsePairNoise("mask:1:0.5"), pairs);
    const right = source.flatMap((line, i) =>
      line.split(" ").map((word, w) => word === "MASK" || word === `s${i}.${w}`),
    );
    expect(right).toHaveLength(250);
    expect(right).not.toContain(false);
  });
});

describe("swap", () => {
  const N = 5000;
  const pairs = pairsOf(N, 3, 3);
  const setting = parsePairNoise("swap:0.3");

  test("a share of the pairs gets the target of another chosen one, each target once", () => {
    const { source, target, mask, rate } = spoilt(setting, pairs);
    expect(source).toEqual(pairs.source);
    expect([...target].sort()).toEqual([...pairs.target].sort());
    expect(Array.from(mask)).toEqual(target.map((line, n) => (line === pairs.target[n] ? 0 : 1)));
    expect(Math.abs(rate - 0.3)).toBeLessThan(3 * Math.sqrt((0.3 * 0.7) / N));
  });

  test("without a fixed point, whatever the seed", () => {
    for (let seed = 0; seed < 200; seed++) {
      const few = partners({ lines: Uint32Array.of(3, 1, 4, 15, 9, 2) }, 0.6, seed, "noise");
      const isChosen = new Set(few.keys());
      expect(new Set(few.values())).toEqual(isChosen);
      expect([...few].filter(([from, to]) => from === to && isChosen.size > 1)).toEqual([]);
    }
  });

  test("a pair whose partner has the same text is not spoilt", () => {
    const twins = { source: ["a", "b"], target: ["c", "c"], lines: Uint32Array.of(0, 1) };
    expect(Array.from(spoilt(parsePairNoise("swap:1"), twins).mask)).toEqual([0, 0]);
  });
});

describe("any noise", () => {
  test.each(["mask:0.5:0.3", "swap:0.5", "none"])(
    "%s: the same pair, the same noise, whatever else is asked for",
    (text) => {
      const pairs = pairsOf(200, 6, 6);
      const setting = parsePairNoise(text);
      const whole = spoilt(setting, pairs);
      const some = Uint32Array.of(190, 3, 77, 4);
      const part = setting.spoil(pairs, some, 1, "noise");
      expect(part.source).toEqual(Array.from(some, (i) => whole.source[i]));
      expect(part.target).toEqual(Array.from(some, (i) => whole.target[i]));
      expect(Array.from(part.mask)).toEqual(Array.from(some, (i) => whole.mask[i]));
      expect(spoilt(setting, pairs).hash).toBe(whole.hash);
    },
  );

  test.each(["mask:0.5:0.3", "swap:0.5"])("%s: another seed, another stream, other lines: other noise", (text) => {
    const pairs = pairsOf(200, 6, 6);
    const setting = parsePairNoise(text);
    const hashes = [
      spoilt(setting, pairs).hash,
      spoilt(setting, pairs, 2).hash,
      setting.spoil(pairs, all(pairs), 1, "validation noise").hash,
    ];
    expect(new Set(hashes).size).toBe(3);
    const moved = setting.spoil({ ...pairs, lines: pairs.lines.map((line) => line + 1) }, all(pairs), 1, "noise");
    expect(moved.mask).not.toEqual(spoilt(setting, pairs).mask);
  });

  test("none changes nothing", () => {
    const pairs = pairsOf(5, 2, 2);
    expect(spoilt(parsePairNoise("none"), pairs)).toMatchObject({
      source: pairs.source,
      target: pairs.target,
      rate: 0,
    });
  });
});

describe("settings", () => {
  test.each([
    ["mask:.1:0.150", "mask:0.1:0.15"],
    [" swap:1e-1 ", "swap:0.1"],
    ["none", "none"],
  ])("%j is %s", (text, normal) => {
    expect(parsePairNoise(text).text).toBe(normal);
  });

  test.each([
    ["mask:0.1", 'noise: expected none, mask:PAIRS:WORDS or swap:PAIRS, got "mask:0.1"'],
    ["swap:0.1:0.2", 'got "swap:0.1:0.2"'],
    ["none:1", 'got "none:1"'],
    ["mismatch:0.3", 'got "mismatch:0.3". Did you mean swap?'],
    ["mask:10:0.15", 'noise: expected a probability from 0 to 1 in "mask:10:0.15". Did you mean mask:0.1:0.15?'],
    ["mask:0.1:x", 'noise: expected a probability from 0 to 1 in "mask:0.1:x"'],
    ["swap:", 'noise: expected a probability from 0 to 1 in "swap:"'],
  ])("%j is refused", (text, message) => {
    expect(() => parsePairNoise(text)).toThrow(message);
  });
});
