/**
 * BPE against what subword-nmt made: the toy corpus and lines of test/fixtures/translation/bpe.json, the whole validation
 * text of IWSLT'14 and the merges of Multi30k by SHA-256. The last two need ../shared/data.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { linesOf, readUnpacked } from "../../../src/data/formats/lines.ts";
import { bpeOf, joinPieces } from "../../../src/data/text/bpe.ts";
import { wordsBetweenSpaces } from "../../../src/data/text/words.ts";
import { byCodePoints } from "../../../src/data/text/code-points.ts";
import { learnMerges } from "../../../src/data/text/learn-bpe.ts";
import type { Merge } from "../../../src/data/text/merges.ts";
import { mergesText, parseMerges } from "../../../src/data/text/merges.ts";
import { hasReal, REAL } from "../fixtures.ts";

interface Line {
  readonly input: string;
  readonly output: string;
}
interface Whole {
  readonly lines: number;
  readonly pieces: number;
  readonly sha256: string;
}

const facts = JSON.parse(readFileSync(new URL("../../fixtures/translation/bpe.json", import.meta.url), "utf8")) as {
  readonly lines: readonly Line[];
  readonly glossary: readonly Line[];
  readonly valid: Readonly<Record<"de" | "en", Whole>>;
  readonly learnCorpus: readonly string[];
  readonly learnt: readonly string[];
};

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const readLines = async (path: string): Promise<string[]> =>
  linesOf(new TextDecoder().decode(await readUnpacked(join(REAL, path))));
const merge = (text: string): Merge => text.split(" ") as unknown as Merge;

describe("learning", () => {
  test("follows a toy corpus as learn_bpe.py does", () => {
    expect(mergesText(learnMerges(facts.learnCorpus, 12))).toBe(`${facts.learnt.join("\n")}\n`);
  });

  test("stops when no pair occurs twice", () => {
    expect(learnMerges(["ab ab cd"], 100)).toEqual([["a", "b</w>"]]);
  });

  test("counts overlapping pairs, and merges from left to right", () => {
    // aaaa: a a three times with the end apart: a a, a a, a a</w>.
    expect(learnMerges(["aaaa aaaa"], 2)).toEqual([
      ["a", "a"],
      ["aa", "a"],
    ]);
  });

  test("among equals the largest by code points, first piece then second", () => {
    expect(learnMerges(["xa xa xb xb ya ya"], 1)).toEqual([["y", "a</w>"]]);
    expect(learnMerges(["xa xa xb xb"], 1)).toEqual([["x", "b</w>"]]);
    // U+1F4A1 comes after U+FF21, though its UTF-16 units come before.
    expect(learnMerges(["ｆＡ ｆＡ ｆ💡 ｆ💡"], 1)).toEqual([["ｆ", "💡</w>"]]);
  });

  test("code points are ordered as Python orders them", () => {
    const sorted = ["", "a", "ab", "b", "\ud7ff", "\ue000", "Ａ", "\u{10000}", "💡", "💡a", "\u{10ffff}"];
    const order = sorted.flatMap((a, i) => sorted.map((b, j) => Math.sign(byCodePoints(a, b)) === Math.sign(i - j)));
    expect(order).not.toContain(false);
  });

  test("refuses a size that is no whole number", () => {
    expect(() => learnMerges([], 1.5)).toThrow("size: expected an integer ≥ 0, got 1.5");
  });
});

describe("applying", () => {
  /** By the definition, done by hand. */
  test.each([
    ["aaaab", ["a a"], "aa@@ aa@@ b"],
    ["abc", ["b c</w>", "a b"], "a@@ bc"],
    ["abc", ["a b", "b c</w>"], "ab@@ c"],
    ["abc", ["b c</w>", "a b", "b c</w>"], "a@@ bc"],
    ["stst", ["s t</w>"], "s@@ t@@ st"],
    ["a 💡 a💡", ["a 💡</w>"], "a 💡 a💡"],
    ["  ab  cd \r", [], "  a@@ b c@@ d \r"],
    ["   ", ["a b"], "   "],
    ["a\u00a0b", ["a \u00a0"], "a\u00a0@@ b"],
  ])("%j with the merges %j", (line, merges, pieces) => {
    expect(bpeOf(merges.map(merge)).encode(line)).toBe(pieces);
  });

  test("words that are never split", () => {
    expect(bpeOf([], ["MASK"]).encode("MASK MASKS")).toBe("MASK M@@ A@@ S@@ K@@ S");
  });

  test("pieces are joined to words, also where a line ends in the middle of one", () => {
    expect(joinPieces("a@@ b c@@ d@@ e @@ f@@")).toBe("ab cde f");
  });
});

describe("files of merges", () => {
  test("are read as they are written", () => {
    const merges = learnMerges(facts.learnCorpus, 12);
    expect(parseMerges(mergesText(merges), "codes")).toEqual(merges);
  });

  test.each([
    [
      "another version",
      "e n\n",
      'codes: expected merges of subword-nmt with the first line "#version: 0.2", got "e n"',
    ],
    ["no text", "", 'got ""'],
    [
      "a line of three",
      "#version: 0.2\na b\na b c\n",
      'codes: line 3: expected two pieces with a space between them, got "a b c"',
    ],
    ["a line of one", "#version: 0.2\nab\n", 'line 2: expected two pieces with a space between them, got "ab"'],
  ])("%s is refused", (_, text, message) => {
    expect(() => parseMerges(text, "codes")).toThrow(message);
  });
});

describe.runIf(hasReal)("real text", () => {
  const codes = async (): Promise<Merge[]> => parseMerges((await readLines("iwslt14/bpe10k.code")).join("\n"), "codes");

  test("the lines of bpe.json", async () => {
    const { encode } = bpeOf(await codes());
    expect(facts.lines.map(({ input }) => encode(input))).toEqual(facts.lines.map(({ output }) => output));
    const masked = bpeOf(await codes(), ["MASK"]);
    expect(facts.glossary.map(({ input }) => masked.encode(input))).toEqual(facts.glossary.map(({ output }) => output));
  });

  test.each(["de", "en"] as const)("the validation text of IWSLT'14, %s", async (language) => {
    const { encode } = bpeOf(await codes());
    const lines = await readLines(`iwslt14/valid.${language}.gz`);
    const encoded = lines.map(encode);
    const pieces = encoded.reduce((sum, line) => sum + wordsBetweenSpaces(line).length, 0);
    const { sha256: hash, ...counts } = facts.valid[language];
    expect({ lines: lines.length, pieces }).toMatchObject({ lines: counts.lines, pieces: counts.pieces });
    expect(sha256(encoded.map((line) => `${line}\n`).join(""))).toBe(hash);
    expect(encoded.map(joinPieces)).toEqual(lines);
  });

  test("4,000 merges of Multi30k", async () => {
    const [de, en] = await Promise.all(
      ["de", "en"].map((language) => readLines(`multi30k/tok/train.lc.norm.tok.${language}.gz`)),
    );
    const text = mergesText(learnMerges([...de!, ...en!], 4000));
    expect(sha256(text)).toBe("c58199b40df54912eba459c1657f1dc602d6c305e142d52b65ceace7e0c60621");
  });
});
