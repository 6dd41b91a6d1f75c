/** Beam search against recorded searches (test/fixtures/translation/beam.json), complete enumeration and its own laws. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { beamSearch } from "../../src/decode/beam-search.ts";
import type { Hypothesis } from "../../src/decode/beam-search.ts";
import type { After } from "./toy.ts";
import { END, model, PAD, randomAfter } from "./toy.ts";

interface Recorded {
  readonly table: readonly (readonly number[])[];
  readonly searches: readonly {
    readonly beam: number;
    readonly lenpen: number;
    readonly maxLen: number;
    readonly hypotheses: readonly { readonly tokens: readonly number[]; readonly score: number }[];
  }[];
  readonly exhaustive: readonly {
    readonly lenpen: number;
    readonly maxLen: number;
    readonly tokens: readonly number[];
    readonly score: number;
  }[];
}

const { table, searches, exhaustive } = JSON.parse(
  readFileSync(new URL("../fixtures/translation/beam.json", import.meta.url), "utf8"),
) as Recorded;
const V = table.length;
const recorded: After = (tokens) => table[tokens.at(-1) ?? END]!;

const search = async (after: After, beam: number, lengthPenalty: number, limit: number, size = V) =>
  (await beamSearch(model(after, size), [limit], { beam, lengthPenalty, pad: PAD, end: END }))[0]!;

const plain = (found: readonly Hypothesis[]): number[][] => found.map(({ tokens }) => [...tokens]);

test.each(searches)("recorded: beam $beam, length penalty $lenpen", async ({ beam, lenpen, maxLen, hypotheses }) => {
  const found = await search(recorded, beam, lenpen, maxLen);
  expect(plain(found)).toEqual(hypotheses.map(({ tokens }) => tokens));
  for (const [i, { score }] of found.entries()) expect(Math.abs(score - hypotheses[i]!.score)).toBeLessThan(1e-12);
});

test("all 12 searches are there", () => {
  expect(searches).toHaveLength(12);
});

test.each(exhaustive)("a wide beam finds the best of all sequences: length penalty $lenpen", async (best) => {
  const [top] = await search(recorded, 700, best.lenpen, best.maxLen);
  expect([...top!.tokens]).toEqual(best.tokens);
  expect(Math.abs(top!.score - best.score)).toBeLessThan(1e-12);
});

describe("rules", () => {
  /** ln p of the tokens named, −30 of all others. */
  const mostly = (named: Readonly<Record<number, number>>): number[] =>
    Array.from({ length: V }, (_, token) => (token in named ? Math.log(named[token]!) : -30));

  test("padding is never taken, however likely", async () => {
    const found = await search(() => mostly({ [PAD]: 0.97, 4: 0.02, [END]: 0.01 }), 3, 1, 5);
    expect(plain(found).flat()).not.toContain(PAD);
  });

  test("the end is no first token, however likely", async () => {
    const found = await search(() => mostly({ [END]: 0.98, 4: 0.02 }), 2, 1, 5);
    for (const { tokens } of found) expect(tokens.length).toBeGreaterThan(1);
  });

  test("at the limit only the end is allowed, however unlikely", async () => {
    const logs = [-30, -30, -30, -30, -0.5, -0.75, -30];
    const found = await search(() => logs, 2, 0, 3);
    expect(plain(found)).toEqual([
      [4, 4, 4, END],
      [4, 4, 5, END],
    ]);
    expect(found.map(({ score }) => score)).toEqual([-31.5, -31.75]);
  });

  test("an end that is not among the best `beam` counts for nothing", async () => {
    // After the first token: 4 and 5 are likelier than the end, which is third of 2 · 2.
    const after: After = (tokens) =>
      tokens.length < 2 ? mostly({ 4: 0.5, 5: 0.3, [END]: 0.2 }) : mostly({ [END]: 1 });
    expect(plain(await search(after, 2, 0, 4)).map(({ length }) => length)).toEqual([3, 3]);
    // It is the fourth of all continuations.
    expect(plain(await search(after, 4, 0, 4)).map(({ length }) => length)).toContain(2);
  });

  test("equal scores: the smaller beam, then the smaller token", async () => {
    const even: After = () => new Array<number>(V).fill(-Math.log(V));
    // Of 0, 3, 4, … the first two live on; of their ends that of 0 counts, and the place that is left goes to 0 0.
    expect(plain(await search(even, 2, 0, 2))).toEqual([
      [0, END],
      [0, 0, END],
    ]);
  });

  test("probabilities that are not numbers are an error that says so", async () => {
    await expect(search(() => new Array<number>(V).fill(NaN), 2, 1, 3)).rejects.toThrow("not one finite number");
  });

  test.each([0, 1.5, NaN])("a beam or limit of %d is refused", async (count) => {
    await expect(search(recorded, count, 1, 3)).rejects.toThrow(`beam: expected an integer ≥ 1, got ${count}`);
    await expect(search(recorded, 2, 1, count)).rejects.toThrow(`limit of sentence 0: expected an integer ≥ 1`);
  });
});

describe("laws, on random models of whole sequences", () => {
  const SIZE = 12;

  test.each([1, 2, 3])("beam 1 is greedy (seed %d)", async (seed) => {
    const after = randomAfter(seed, SIZE);
    const greedy: number[] = [];
    while (greedy.at(-1) !== END && greedy.length < 20) {
      const allowed = Array.from(after(greedy), (log, token) =>
        token === PAD || (token === END && greedy.length === 0) ? -Infinity : log,
      );
      greedy.push(allowed.indexOf(Math.max(...allowed)));
    }
    if (greedy.at(-1) !== END) greedy.push(END);
    expect(plain(await search(after, 1, 1, 20, SIZE))).toEqual([greedy]);
  });

  test.each([0, 1])("hypotheses are ordered, and each score is that of its tokens (length penalty %d)", async (p) => {
    const after = randomAfter(7, SIZE);
    const found = await search(after, 5, p, 15, SIZE);
    expect(found).toHaveLength(5);
    expect(new Set(plain(found).map(String)).size).toBe(5);
    for (const [i, { tokens, score }] of found.entries()) {
      expect(score).toBeLessThanOrEqual(found[i - 1]?.score ?? 0);
      expect(tokens.indexOf(END)).toBe(tokens.length - 1);
      const logs = Array.from(tokens, (token, at) => after([...tokens.subarray(0, at)])[token]!);
      expect(score).toBeCloseTo(logs.reduce((sum, log) => sum + log) / tokens.length ** p, 12);
    }
  });

  test("sentences that are searched together are found as each alone", async () => {
    const afters = [4, 5, 6].map((seed) => randomAfter(seed, SIZE));
    const [limits, beam] = [[3, 9, 6], 3];
    const alone = await Promise.all(afters.map((after, i) => search(after, beam, 1, limits[i]!, SIZE)));
    let asked = afters.map((_, sentence) => sentence);
    const each = afters.map((after) => model(after, SIZE));
    const rowsAsked: number[] = [];
    const together = await beamSearch(
      async (tokens, from) => {
        rowsAsked.push(tokens.length);
        const groups = Array.from({ length: from.length / beam }, (_, at) => Math.floor(from[at * beam]! / beam));
        asked = groups.map((group) => asked[group]!);
        const parts = await Promise.all(
          asked.map((sentence, at) => {
            const rows = [at * beam, (at + 1) * beam] as const;
            return each[sentence]!(
              tokens.slice(...rows),
              from.slice(...rows).map((row) => row % beam),
            );
          }),
        );
        const data = parts.flatMap((part) => [...part.data]);
        return { ...parts[0]!, shape: [tokens.length, SIZE], data: Float64Array.from(data) };
      },
      limits,
      { beam, lengthPenalty: 1, pad: PAD, end: END },
    );
    expect(together).toEqual(alone);
    expect(rowsAsked[0]).toBe(9);
    // Those that are done are no longer asked for.
    expect(rowsAsked.at(-1)).toBe(3);
  });
});
