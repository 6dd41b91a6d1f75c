import { describe, expect, test } from "vitest";
import { makeTextSet } from "../../src/data/texts/text-set.ts";
import type { TextSet } from "../../src/data/texts/text-set.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import { placesFor } from "../../src/tasks/texts/places.ts";
import { prepareTexts } from "../../src/tasks/texts/prepare.ts";
import { describeTexts } from "../../src/tasks/texts/record.ts";
import { textTask } from "../../src/tasks/texts/task.ts";

const CLASSES = ["a", "b", "c"];
/** Text n has n mod 30 + 1 words, the first of which is its number, and class n mod 3. */
const textsOf = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, n) => [`n${from + n}`, ...new Array<string>(n % 30).fill("w")].join(" "));
const labelsOf = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, n) => n % 3);

const set = (more: Partial<TextSet> = {}): TextSet =>
  makeTextSet({
    name: "made up",
    classes: CLASSES,
    train: { texts: textsOf(120), labels: labelsOf(120) },
    test: { texts: textsOf(40, 100), labels: labelsOf(40) },
    ...more,
  });

describe("texts as a task", () => {
  test("are split as images are: balanced, clean, disjoint; the vocabulary depends on neither split nor noise", async () => {
    const one = await prepareTexts(set(), { seed: 1, validSize: 30, noise: "uniform:0.5" });
    const other = await prepareTexts(set(), { seed: 2, validSize: 0 });
    expect(textTask(one).parts.valid.perClass).toEqual([10, 10, 10]);
    expect(one.train.indices.filter((index) => one.valid.indices.includes(index))).toHaveLength(0);
    expect(one.valid.labels).toEqual(Uint8Array.from(one.valid.indices, (n) => n % 3));
    expect(one.noiseRate).toBeGreaterThan(0.15);
    expect(one.vocabulary.hash).toBe(other.vocabulary.hash);
    expect(one.hashes.dataset).toBe(other.hashes.dataset);
    const inPieces = await prepareTexts(set(), { seed: 1, validSize: 30, bpe: 3 });
    expect(inPieces.hashes.dataset).not.toBe(one.hashes.dataset);
  });

  test("of a set that keeps examples apart, those validate and are never among the untrusted", async () => {
    const apart = Uint32Array.from({ length: 20 }, (_, i) => 100 + i);
    const { train, valid, trusted } = await prepareTexts(set({ apart }), {
      seed: 1,
      validSize: 20,
      trainOnTrusted: 0.5,
    });
    expect([...train.indices]).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...valid.indices, ...trusted.indices].sort((a, b) => a - b)).toEqual([...apart]);
    expect(trusted.count).toBe(9);
    const some = await prepareTexts(set({ apart }), { seed: 1, validSize: 9 });
    expect([some.valid.count, some.train.count]).toEqual([9, 100]);
    expect(some.valid.indices.every((index) => index >= 100)).toBe(true);
    await expect(prepareTexts(set({ apart }), { seed: 1, validSize: 21 })).rejects.toThrow(
      "validation size: expected an integer from 0 to 20, the validation examples of made up, got 21",
    );
  });

  test("weights.csv has the beginning of the text beside the labels", async () => {
    const long = "x ".repeat(200);
    const data = await prepareTexts(set({ train: { texts: [long, "short", "w"], labels: labelsOf(3) } }), { seed: 1 });
    const task = textTask(data);
    expect(task.describe("train", 1)).toEqual({
      index: 1,
      given_label: 1,
      given_class: "b",
      clean_label: 1,
      text: "short",
    });
    expect(task.describe("train", 0)["text"]).toBe(`${long.slice(0, 119)}…`);
  });

  test("the record counts lengths, unseen words and repeated texts", async () => {
    const train = { texts: ["a b", "a b", "c d e f"], labels: labelsOf(3) };
    const data = await prepareTexts(set({ train, test: { texts: ["a b", "z a c b"], labels: labelsOf(2) } }), {
      seed: 1,
    });
    const { lengths, unseen, repeated, counts } = describeTexts(data, 0);
    expect({ lengths, unseen, repeated, counts }).toEqual({
      lengths: { mean: 8 / 3, median: 2, max: 4 },
      unseen: 1 / 6,
      repeated: { train: 1, test: 1 },
      counts: { train: 3, valid: 0, test: 2 },
    });
  });
});

describe("batches of texts", () => {
  test("have few lengths, and every length has one", () => {
    expect([1, 8, 9, 12, 13, 24, 25, 32, 33, 1000].map(placesFor)).toEqual([8, 8, 12, 12, 16, 24, 32, 32, 48, 1024]);
  });

  test("hold each training text once a pass, padded behind its words", async () => {
    const data = await prepareTexts(set(), { seed: 3, validSize: 30 });
    const batches = textTask(data).batches({ size: 20 });
    expect(batches.stepsPerPass).toBe(5);
    const seen: number[] = [];
    for (let draw = 0; draw < 5; draw++) {
      const { arrays, positions, size } = batchAt(batches, draw);
      const [N, T] = arrays["tokens"]!.shape as [number, number];
      const lengths = Array.from(positions, (n) => (data.train.indices[n]! % 30) + 1);
      expect([N, T]).toEqual([size, placesFor(Math.max(...lengths))]);
      for (const [n, length] of lengths.entries()) {
        const places = Array.from({ length: T }, (_, t) => t);
        const row = (name: string) => places.map((t) => arrays[name]!.data[n * T + t]!);
        expect(row("real")).toEqual(places.map((t) => (t < length ? 1 : 0)));
        expect(row("tokens").map((id) => (id === 1 ? 0 : 1))).toEqual(row("real"));
      }
      seen.push(...positions);
    }
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, n) => n));
    expect(batchAt(batches, 7)).toEqual(batchAt(textTask(data).batches({ size: 20 }), 7));
  });

  test("evaluation drops no text, however long", async () => {
    const data = await prepareTexts(
      set({ test: { texts: [...textsOf(299), "w ".repeat(700)], labels: labelsOf(300) } }),
      { seed: 1 },
    );
    const parts = [...textTask(data).batches({ size: 20 }).of("test")];
    expect(parts.flatMap(({ positions }) => [...positions])).toEqual(Array.from({ length: 300 }, (_, n) => n));
    expect(parts.at(-1)!.arrays["tokens"]!.shape).toEqual([50, 768]);
  });
});
