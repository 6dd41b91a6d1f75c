/** Buckets: which shapes, which pairs in which batch, and as which arrays. */

import { describe, expect, test } from "vitest";
import { loadPairs } from "../../../src/data/pairs/load-pairs.ts";
import { encodePairs, spellingOf } from "../../../src/data/pairs/spelling.ts";
import { lengthsOf, raggedOf } from "../../../src/data/text/ragged.ts";
import { Random } from "../../../src/random.ts";
import { pairArrays } from "../../../src/tasks/translation/arrays.ts";
import { BucketOrder } from "../../../src/tasks/translation/bucket-order.ts";
import type { PairLengths } from "../../../src/tasks/translation/buckets.ts";
import { chooseBuckets, holds, sizeFor } from "../../../src/tasks/translation/buckets.ts";
import { hasReal, REAL } from "../../data/fixtures.ts";

/** Lengths of `count` pairs, from 2 to 21, the sides alike. */
function drawn(count: number, seed = 1): PairLengths {
  const random = new Random(seed, "lengths");
  const source = Uint32Array.from({ length: count }, () => 2 + random.integer(18));
  return { source, target: source.map((length) => Math.max(2, length + random.integer(5) - 2)) };
}

const pairsOf = ({ source, target }: PairLengths) =>
  Array.from(source, (length, n) => ({ source: length, target: target[n]! }));

/** Places that pairs take in the cheapest of some rectangles, by the definition. */
const places = (lengths: PairLengths, rectangles: readonly (readonly [number, number])[]): number =>
  pairsOf(lengths).reduce((sum, { source, target }) => {
    const costs = rectangles.filter(([s, t]) => s >= source && t >= target).map(([s, t]) => s + t);
    return sum + Math.min(...costs);
  }, 0);

describe("choice", () => {
  const lengths = drawn(300);
  const whole = [Math.max(...lengths.source), Math.max(...lengths.target)] as const;

  test("the second of two buckets is the best there is, by trying all", () => {
    const buckets = chooseBuckets(lengths, 2, 256);
    const every = Array.from({ length: whole[0] }, (_, s) =>
      Array.from({ length: whole[1] }, (_, t) => [s + 1, t + 1] as const),
    ).flat();
    const best = Math.min(...every.map((rectangle) => places(lengths, [whole, rectangle])));
    expect(
      places(
        lengths,
        buckets.map(({ source, target }) => [source, target]),
      ),
    ).toBe(best);
    expect([buckets[1]!.source, buckets[1]!.target]).toEqual(whole);
  });

  test("the placing of each once more can only save", () => {
    const greedy: (readonly [number, number])[] = [whole];
    for (const count of [2, 3, 4, 5]) {
      const every = Array.from({ length: whole[0] }, (_, s) =>
        Array.from({ length: whole[1] }, (_, t) => [s + 1, t + 1] as const),
      ).flat();
      greedy.push(every.reduce((a, b) => (places(lengths, [...greedy, b]) < places(lengths, [...greedy, a]) ? b : a)));
      const chosen = chooseBuckets(lengths, count, 256);
      expect(chosen).toHaveLength(count);
      expect(
        places(
          lengths,
          chosen.map(({ source, target }) => [source, target]),
        ),
      ).toBeLessThanOrEqual(places(lengths, greedy));
    }
  });

  test("no more buckets than help", () => {
    expect(chooseBuckets({ source: Uint32Array.of(3, 3, 5), target: Uint32Array.of(4, 4, 4) }, 8, 40)).toEqual([
      { source: 3, target: 4, size: 8 },
      { source: 5, target: 4, size: 8 },
    ]);
  });

  test("sizes are tokens by the longer side, in multiples of 8 from 8 on", () => {
    const sizes = [2048, 600, 256, 255, 64, 59].map((tokens) => sizeFor({ source: 59, target: 53 }, tokens));
    expect(sizes).toEqual([32, 8, 4, 4, 1, 1]);
    expect(() => sizeFor({ source: 20, target: 59 }, 58)).toThrow(
      "tokens: expected at least 59, the pieces of the longest sentence, got 58",
    );
    expect(() => chooseBuckets(lengths, 0, 256)).toThrow("buckets: expected an integer ≥ 1, got 0");
  });
});

describe("order", () => {
  const lengths = drawn(1000);
  const pairs = pairsOf(lengths);
  const buckets = chooseBuckets(lengths, 5, 256);
  const make = (seed = 1): BucketOrder => new BucketOrder(lengths, buckets, seed);
  const passOf = (order: BucketOrder, pass: number) =>
    Array.from({ length: order.stepsPerPass }, (_, step) => order.batch(pass * order.stepsPerPass + step));

  test("every batch is full and holds its pairs; each pair comes at most once, and few sit out", () => {
    const order = make();
    for (const pass of [0, 1, 2]) {
      const batches = passOf(order, pass);
      for (const { bucket, positions } of batches) {
        expect(positions).toHaveLength(bucket.size);
        expect(Array.from(positions, (position) => holds(bucket, pairs[position]!))).not.toContain(false);
      }
      const used = batches.flatMap(({ positions }) => Array.from(positions));
      expect(new Set(used).size).toBe(used.length);
      // Only what does not fill the top bucket is left.
      expect(1000 - used.length).toBeLessThan(buckets.at(-1)!.size);
    }
  });

  test("those that sit out are others the next time, and batches have another order", () => {
    const order = make();
    const [first, second] = [0, 1].map((pass) => passOf(order, pass));
    expect(first!.map(({ bucket }) => bucket)).not.toEqual(second!.map(({ bucket }) => bucket));
    const seen = new Set(
      Array.from({ length: 30 }, (_, pass) => passOf(order, pass))
        .flat()
        .flatMap(({ positions }) => [...positions]),
    );
    expect(seen.size).toBe(1000);
  });

  test("any batch can be made again, in any order; another seed has others", () => {
    const steps = [40, 3, 250, 41, 0, 3];
    const forwards = make();
    const batches = steps.map((step) => forwards.batch(step));
    expect(steps.map((step) => make().batch(step))).toEqual(batches);
    expect(steps.map((step) => make(2).batch(step))).not.toEqual(batches);
  });

  test("a pair that fits nowhere, too few pairs, and steps before the first are refused", () => {
    const long = { source: Uint32Array.of(3, 90), target: Uint32Array.of(3, 3) };
    expect(() => new BucketOrder(long, buckets, 1)).toThrow("pair 1: 90 and 3 pieces fit into no bucket");
    expect(() => new BucketOrder(drawn(5), buckets, 1)).toThrow(
      "--tokens: expected batches that 5 training pairs fill",
    );
    expect(() => make().batch(-1)).toThrow("training batch: expected an integer ≥ 0, got -1");
  });
});

describe("arrays", () => {
  const pairs = {
    source: raggedOf([Int32Array.of(7, 8, 2), Int32Array.of(9, 2)]),
    target: raggedOf([Int32Array.of(5, 2), Int32Array.of(5, 6, 2)]),
  };

  test("pad on the right; the decoder reads </s> and the target without its last piece", () => {
    const { source, sourceReal, previous, target, real } = pairArrays(pairs, Uint32Array.of(1, 0), {
      source: 4,
      target: 3,
      size: 3,
    });
    const rows = ({ data, shape }: typeof source) =>
      Array.from({ length: shape[0]! }, (_, n) => Array.from(data.slice(n * shape[1]!, (n + 1) * shape[1]!)));
    expect(rows(source)).toEqual([
      [9, 2, 1, 1],
      [7, 8, 2, 1],
      [1, 1, 1, 1],
    ]);
    expect(rows(sourceReal)).toEqual([
      [1, 1, 0, 0],
      [1, 1, 1, 0],
      [0, 0, 0, 0],
    ]);
    expect(rows(previous)).toEqual([
      [2, 5, 6],
      [2, 5, 1],
      [1, 1, 1],
    ]);
    expect(rows(target)).toEqual([
      [5, 6, 2],
      [5, 2, 1],
      [1, 1, 1],
    ]);
    expect(rows(real)).toEqual([
      [1, 1, 1],
      [1, 1, 0],
      [0, 0, 0],
    ]);
  });

  test("refuse what does not fit", () => {
    const bucket = { source: 2, target: 3, size: 1 };
    expect(() => pairArrays(pairs, Uint32Array.of(0), bucket)).toThrow(
      "batch: pair 0 has 3 and 2 pieces, its bucket 2 and 3 places",
    );
    expect(() => pairArrays(pairs, Uint32Array.of(1, 1), bucket)).toThrow("batch: expected at most 1 pairs, got 2");
  });
});

describe.runIf(hasReal)("fill of real text: real places among all, 2,048 tokens a side", () => {
  test.each([
    ["multi30k", 4000, 1000, 8, 0.87],
    ["iwslt14", 10_000, 102, 8, 0.82],
    ["iwslt14", 10_000, 102, 12, 0.86],
  ] as const)("%s, %d merges, at most %d pieces, %d buckets", async (name, merges, most, count, fill) => {
    const set = await loadPairs({ name, dir: REAL });
    const pairs = encodePairs(set.train, spellingOf(set, merges));
    const all = { source: lengthsOf(pairs.source), target: lengthsOf(pairs.target) };
    const short = Array.from(all.source.keys()).filter((n) => Math.max(all.source[n]!, all.target[n]!) <= most);
    const lengths = {
      source: Uint32Array.from(short, (n) => all.source[n]!),
      target: Uint32Array.from(short, (n) => all.target[n]!),
    };
    const order = new BucketOrder(lengths, chooseBuckets(lengths, count, 2048), 1);
    let [real, places] = [0, 0];
    for (let step = 0; step < order.stepsPerPass; step++) {
      const { bucket, positions } = order.batch(step);
      places += bucket.size * (bucket.source + bucket.target);
      for (const position of positions) real += lengths.source[position]! + lengths.target[position]!;
    }
    expect(Math.abs(real / places - fill)).toBeLessThan(0.006);
  });
});
