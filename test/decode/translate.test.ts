/** Lines translated by a student that copies: what goes in and out as text. */

import { expect, test } from "vitest";
import type { Writer } from "../../src/decode/cached-next.ts";
import { LONGEST_SOURCE, translate, TRANSLATE_DEFAULTS } from "../../src/decode/translate.ts";
import { spellingOf } from "../../src/data/pairs/spelling.ts";
import { Programs } from "../../src/engines/programs.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import type { Generator } from "../../src/models/student.ts";
import { iota, oneHot } from "../../src/ops/gather.ts";
import { expand, fill, sum } from "../../src/ops/broadcast.ts";
import { add, equal, mul, sub } from "../../src/ops/elementwise.ts";
import { reshape } from "../../src/ops/movement.ts";
import { float } from "../../src/tensor.ts";
import { leaf } from "../../src/tree.ts";

const text = ["ein hund rennt .", "eine katze sitzt auf der matte .", "der hund sitzt ."];
const spelling = spellingOf({ train: { source: text, target: text, lines: Uint32Array.of(0, 1, 2) } }, 12);
const V = spelling.dictionary.symbols.length;

/** Writes the source again: ln p is near 0 for its next token and −8 for others. */
const copier: Generator = {
  name: "copier",
  init: () => ({ params: {}, statistics: {} }),
  apply: () => {
    throw new Error("not asked for");
  },
  encode: (_params, { source }) => {
    const [N, S] = source!.shape as [number, number];
    return { tokens: reshape(oneHot(reshape(source!, [N * S]), V), [N, S, V]) };
  },
  cache: (rows) => ({ nothing: float([rows, 1]) }),
  next(_params, source, cache, last, place) {
    const tokens = leaf(source, "tokens");
    const [N, S] = tokens.shape as [number, number];
    const R = last.shape[0]!;
    const here = equal(iota(S), expand(place, [S]));
    const now = sum(mul(tokens, reshape(here, [1, S, 1])), [1]);
    const likely = reshape(expand(now, [N, R / N, V]), [R, V]);
    return { logProbabilities: mul(sub(likely, 1), 8), cache: { nothing: add(leaf(cache, "nothing"), fill(0)) } };
  },
};

function copying(): Writer {
  const programs = new Programs(reference);
  return {
    student: copier,
    params: {},
    runner: { engine: reference, run: (name, make, inputs) => programs.run(name, make, inputs) },
  };
}

const copied = async (lines: readonly string[], changes = {}) =>
  await translate(copying(), spelling, lines, { ...TRANSLATE_DEFAULTS, beam: 2, ...changes });

test("pieces are joined, lines keep their order and number, and empty ones stay empty", async () => {
  const lines = ["der hund sitzt auf der matte .", "", "katze", "   ", "eine katze rennt ."];
  expect(spelling.encode(lines[0]!).length).toBeGreaterThan(8);
  const found = await copied(lines);
  expect(found.map(({ best }) => best[0]!.text)).toEqual(lines.map((line) => line.trim()));
  expect(found.map(({ best }) => best.length)).toEqual([2, 1, 2, 1, 2]);
});

test("the limit is a · source tokens + b", async () => {
  const line = "der hund sitzt auf der matte .";
  const tokens = spelling.encode(line).length;
  const lengthOf = async (changes: object) => spelling.encode((await copied([line], changes))[0]!.best[0]!.text).length;
  expect(await lengthOf({ beam: 1, maxLenB: 3 })).toBe(4);
  expect(await lengthOf({ beam: 1, maxLenA: 0.5, maxLenB: 1 })).toBe(Math.floor(tokens / 2 + 1) + 1);
  // At least one token, whatever the numbers say.
  expect(await lengthOf({ beam: 1, maxLenB: 0 })).toBe(2);
});

test("unknown pieces are counted, and words of the dictionary's own marks are none of them", async () => {
  const [found] = await copied(["hund ⚙ <pad> ."]);
  expect(found!.unknown).toBeGreaterThanOrEqual(1);
  expect(found!.best[0]!.text).toContain("<unk>");
});

test("of a line that is too long the beginning is translated", async () => {
  const [found] = await copied([Array.from({ length: 1500 }, () => "der").join(" ")], { beam: 1, maxLenB: 2 });
  expect(found!.tokens).toBeGreaterThan(LONGEST_SOURCE);
  expect(found!.best[0]!.text.startsWith("der")).toBe(true);
});
