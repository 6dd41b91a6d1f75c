/**
 * Cached decoding by a random student: against passes over whole sentences on the reference engine, and the laws of beam
 * search with a student.
 */

import { describe, expect, test } from "vitest";
import { beamSearch } from "../../src/decode/beam-search.ts";
import { CachedNext, placesFor } from "../../src/decode/cached-next.ts";
import { write } from "../../src/decode/write.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { Random } from "../../src/random.ts";
import { tensor } from "../../src/tensor.ts";
import { torchRows } from "../engines/torch-here.ts";
import { END, PAD, sourcesOf, V, wholeLogs, writerOn } from "./little.ts";

const engines = [
  { name: "reference", make: () => Promise.resolve(reference), exact: 1e-10 },
  { name: "onnx", make: () => Promise.resolve(onnxEngine({ threads: 2 })), exact: 1e-5 },
  ...torchRows({ torch: { threads: 2 } }).map((row) => ({ ...row, exact: 1e-5 })),
];

/** The student's inputs for these sources at so many places each; rows beyond them are like the first. */
function inputsFor(sources: readonly Int32Array[], N: number, S: number) {
  const source = new Int32Array(N * S).fill(PAD);
  const real = new Float32Array(N * S);
  for (let n = 0; n < N; n++) {
    const tokens = sources[n] ?? sources[0]!;
    source.set(tokens, n * S);
    real.fill(1, n * S, n * S + tokens.length);
  }
  return { source: tensor(source, [N, S]), sourceReal: tensor(real, [N, S]) };
}

const apart = (a: ArrayLike<number>, b: readonly number[]): number => Math.max(...b.map((x, i) => Math.abs(a[i]! - x)));

test("places for sentences: 1, 4, 16, 64, …", () => {
  expect([1, 2, 4, 5, 16, 17, 64, 65].map(placesFor)).toEqual([1, 4, 4, 16, 16, 64, 64, 256]);
});

describe.each(engines)("$name", ({ make, exact }) => {
  const made = make();
  const options = { beam: 3, lengthPenalty: 1, pad: PAD, end: END, limit: () => 20 };
  const sources = sourcesOf(1, [5, 19, 2, 9, 33, 1, 12]);

  test("each next token is that of a pass over the whole sentence, while sentences end and room grows", async () => {
    const [beam, random] = [3, new Random(9, "steps")];
    let active = sourcesOf(2, [4, 7, 3, 9, 6]).map((source) => ({ source, prefixes: [[END], [END], [END]] }));
    const inputs = inputsFor(
      active.map(({ source }) => source),
      16,
      16,
    );
    const { next } = await CachedNext.of(writerOn(await made), inputs, beam, active.length);
    let from = Int32Array.from({ length: 15 }, (_, row) => row);
    for (let t = 0; t < 19; t++) {
      const prefixes = active.flatMap((one) => one.prefixes);
      const logs = await next(
        Int32Array.from(prefixes, (prefix) => prefix.at(-1)!),
        from,
      );
      expect(logs.shape).toEqual([prefixes.length, V]);
      const whole = await Promise.all(
        prefixes.map(async (prefix, row) => (await wholeLogs(active[Math.floor(row / beam)]!.source, prefix)).at(-1)!),
      );
      for (const [row, expected] of whole.entries()) {
        expect(apart(logs.data.subarray(row * V, (row + 1) * V), expected)).toBeLessThan(exact);
      }
      // The second of five ends at token 3, and the first at token 5: then four places do instead of 16.
      const stays = active.map((_, at) => !(t === 3 && at === 1) && !(t === 5 && at === 0));
      const chosen = active.map((one) => one.prefixes.map(() => random.integer(one.prefixes.length)));
      from = Int32Array.from(chosen.flatMap((rows, at) => (stays[at] ? rows.map((row) => at * beam + row) : [])));
      active = active.flatMap((one, at) => {
        const prefixes = chosen[at]!.map((row) => [...one.prefixes[row]!, 4 + random.integer(V - 4)]);
        return stays[at] ? [{ ...one, prefixes }] : [];
      });
    }
    expect(active).toHaveLength(3);
  });

  test("scores are those of the tokens by a pass over the whole; no padding; the end is last, and only last", async () => {
    const found = await write(writerOn(await made), sources, options);
    for (const [n, hypotheses] of found.entries()) {
      expect(hypotheses).toHaveLength(3);
      for (const [rank, { tokens, score }] of hypotheses.entries()) {
        expect(tokens).not.toContain(PAD);
        expect(tokens.indexOf(END)).toBe(tokens.length - 1);
        expect(score).toBeLessThanOrEqual(hypotheses[rank - 1]?.score ?? 0);
        const logs = await wholeLogs(sources[n]!, [END, ...tokens.subarray(0, -1)]);
        const sum = logs.reduce((total, row, t) => total + row[tokens[t]!]!, 0);
        expect(Math.abs(score - sum / tokens.length)).toBeLessThan(exact);
      }
    }
    // Some end by themselves, some at the limit: both ways are seen.
    const lengths = found.flatMap((hypotheses) => hypotheses.map(({ tokens }) => tokens.length));
    expect(Math.min(...lengths)).toBeLessThan(12);
    expect(Math.max(...lengths)).toBe(21);
  });

  test("beam 1 is greedy", async () => {
    const found = await write(writerOn(await made), sources, { ...options, beam: 1 });
    for (const [n, source] of sources.entries()) {
      const greedy: number[] = [];
      while (greedy.at(-1) !== END && greedy.length < 20) {
        const logs = (await wholeLogs(source, [END, ...greedy])).at(-1)!;
        logs[PAD] = -Infinity;
        if (greedy.length === 0) logs[END] = -Infinity;
        greedy.push(logs.indexOf(Math.max(...logs)));
      }
      if (greedy.at(-1) !== END) greedy.push(END);
      expect([...found[n]![0]!.tokens]).toEqual(greedy);
    }
  });

  test("padding a source further changes nothing", async () => {
    const short = sources.filter(({ length }) => length <= 12);
    const at = async (S: number) => {
      const { next } = await CachedNext.of(writerOn(await made), inputsFor(short, 16, S), 3, short.length);
      return await beamSearch(
        next,
        short.map(() => 20),
        options,
      );
    };
    same(await at(12), await at(40));
  });

  test("the order of sentences changes nothing, nor do the others", async () => {
    const writer = writerOn(await made);
    const together = await write(writer, sources, options);
    same((await write(writer, sources.toReversed(), options)).reverse(), together);
    const alone = [];
    for (const source of sources) alone.push(...(await write(writer, [source], options)));
    same(alone, together);
  });

  function same(a: Awaited<ReturnType<typeof write>>, b: Awaited<ReturnType<typeof write>>): void {
    const tokens = (found: typeof a) => found.map((list) => list.map((one) => [...one.tokens]));
    expect(tokens(a)).toEqual(tokens(b));
    const scores = (found: typeof a) => found.flatMap((list) => list.map(({ score }) => score));
    expect(apart(scores(a), scores(b))).toBeLessThan(exact / 10);
  }

  test("no sources, no sentences", async () => {
    expect(await write(writerOn(await made), [], options)).toEqual([]);
  });
});
