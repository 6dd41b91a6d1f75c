/** BLEU against what multi-bleu.perl printed (test/fixtures/translation/bleu.json), and sacreBLEU's smoothing. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bleuLine, corpusBleu, wordsOf } from "../../src/objectives/bleu.ts";

interface Case {
  readonly name: string;
  readonly hypotheses: readonly string[];
  readonly references: readonly (readonly string[])[];
  readonly options: readonly string[];
  readonly output: string;
  readonly error: string;
}

const { cases } = JSON.parse(readFileSync(new URL("../fixtures/translation/bleu.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Case[];
};

test.each(cases)("multi-bleu.perl: $name", ({ hypotheses, references, options, output, error }) => {
  const score = corpusBleu(hypotheses, references, { lowercase: options.includes("-lc") });
  const died = "BLEU = 0.00, 0.0/0.0/0.0/0.0 (BP=0.000, ratio=0.000, hyp_len=0, ref_len=14)";
  expect(bleuLine(score)).toBe(error === "" ? output : died);
});

test("all 21 cases are there", () => {
  expect(cases).toHaveLength(21);
});

describe("digits", () => {
  /** One right word among `length`, in a reference of the same length. */
  const oneOf = (length: number): string => {
    const rest = (word: string): string[] => Array.from({ length: length - 1 }, () => word);
    return bleuLine(corpusBleu([["a", ...rest("b")].join(" ")], [[["a", ...rest("c")].join(" ")]]));
  };

  test("exact ties go to the even digit, as in C: 6.25 → 6.2, and 0.3125 → 0.312", () => {
    expect(oneOf(16)).toContain("BLEU = 0.00, 6.2/0.0/0.0/0.0 (BP=1.000");
    const [five, sixteen] = [5, 16].map((n) => Array.from({ length: n }, () => "a").join(" "));
    expect(bleuLine(corpusBleu([five!], [[sixteen!]]))).toContain("ratio=0.312,");
  });

  test("other numbers are rounded as always: 3 of 16 is 18.75, whose even neighbour is 18.8; 1 of 3 is 33.3", () => {
    expect(bleuLine(corpusBleu(["a a a" + " b".repeat(13)], [["a a a" + " c".repeat(13)]]))).toContain(", 18.8/");
    expect(oneOf(3)).toContain(", 33.3/");
  });
});

test("no-break spaces and line separators are parts of words", () => {
  expect(wordsOf("  100\u00a0km \u2028 weit\t\v\f\r ")).toEqual(["100\u00a0km", "\u2028", "weit"]);
});

describe("smoothing of sacreBLEU's kind", () => {
  const of = (name: string) => cases.find((one) => one.name.startsWith(name))!;
  const smoothed = (hypotheses: readonly string[], references: readonly (readonly string[])[]): number =>
    corpusBleu(hypotheses, references, { smoothing: "exp" }).bleu;

  test("an order without a match counts half a match: 21.51 where BLEU is 0", () => {
    const { hypotheses, references } = of("no 4-gram in common");
    expect(smoothed(hypotheses, references).toFixed(2)).toBe("21.51");
  });

  test("the second such order counts a quarter: (4/4 · 1/3 · 1/(2·2) · 1/(4·1))^¼", () => {
    const score = smoothed(["a b d c"], [["a b c d"]]);
    expect(score).toBeCloseTo(100 * (1 * (1 / 3) * (1 / 4) * (1 / 4)) ** 0.25, 10);
  });

  test("nothing else changes, and nothing right stays 0", () => {
    const { hypotheses, references } = of("60 random sentences");
    expect(smoothed(hypotheses, references)).toBe(corpusBleu(hypotheses, references).bleu);
    expect(smoothed(["x y z w"], [["a b c d"]])).toBe(0);
    expect(smoothed(["the cat"], [["the cat"]])).toBe(0);
  });
});
