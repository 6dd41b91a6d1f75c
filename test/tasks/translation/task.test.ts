/** @file Sentence pairs as a task: which batches there are, that none is left out, noise, and what is told of a pair. */

import { beforeAll, describe, expect, test } from "vitest";
import { translationKind } from "../../../src/tasks/translation/kind.ts";
import { batchAt } from "../../../src/tasks/batches.ts";
import type { Batch, Batches } from "../../../src/tasks/batches.ts";
import type { Task } from "../../../src/tasks/task.ts";
import { checkConfig } from "../../../src/settings/check-config.ts";
import type { TrainInput } from "../../../src/train/config.ts";
import { trainSchema } from "../../../src/train/config.ts";
import { prepareBatches, prepareData } from "../../../src/train/setup.ts";
import { writePairs } from "./pairs.ts";

const dataDir = writePairs();
const settings = (changes: TrainInput = {}) =>
  trainSchema.parse({
    data: "pairs",
    dataDir,
    student: "transformer:d=8,ffn=8,heads=2,layers=1",
    bpe: 20,
    tokens: 64,
    buckets: 3,
    valid: 30,
    ...changes,
  });

/** A batch's numbers. */
const bytes = ({ arrays }: Batch): string => JSON.stringify(Object.values(arrays).map(({ data }) => Array.from(data)));
const shapeOf = ({ arrays }: Batch): string =>
  `${arrays["source"]!.shape.join("x")} ${arrays["target"]!.shape.join("x")}`;
const order = (batches: Batches, pass: number): number[][] =>
  Array.from({ length: batches.stepsPerPass }, (_, i) =>
    batches.rows(pass * batches.stepsPerPass + i).map(({ position }) => position),
  );

describe("batches", () => {
  let task: Task;
  let batches: Batches;
  beforeAll(async () => {
    task = await prepareData(settings());
    batches = prepareBatches(settings(), task);
  });

  test("a pass has each pair at most once, in full batches of few shapes", () => {
    const seen = order(batches, 0).flat();
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(0.6 * task.parts.train.count);
    const shapes = new Set<string>();
    for (let draw = 0; draw < 3 * batches.stepsPerPass; draw++) {
      const batch = batchAt(batches, draw);
      expect(batch.size).toBe(batch.arrays["source"]!.shape[0]);
      expect(batch.size).toBeLessThanOrEqual(task.rows!);
      shapes.add(shapeOf(batch));
    }
    expect(shapes.size).toBeLessThanOrEqual(3);
  });

  test("another pass has another order; the same draw has the same numbers", async () => {
    expect(order(batches, 1)).not.toEqual(order(batches, 0));
    const again = prepareBatches(settings(), await prepareData(settings()));
    for (const draw of [0, 5, 2 * batches.stepsPerPass]) {
      expect(bytes(batchAt(again, draw))).toBe(bytes(batchAt(batches, draw)));
    }
  });

  test.each(["train", "valid", "test"] as const)(
    "the part %s is evaluated to the last pair, the longest among them",
    (part) => {
      const positions = [...batches.of(part)].flatMap((batch) => Array.from(batch.positions));
      expect(positions.sort((a, b) => a - b)).toEqual(Array.from({ length: task.parts[part].count }, (_, n) => n));
    },
  );

  test("parts of a batch count target pieces, and rows beyond the pairs have none", () => {
    for (const batch of batches.of("test")) {
      const { data, shape } = batch.arrays["real"]!;
      const counts = Array.from({ length: shape[0]! }, (_, n) =>
        Array.from(data.subarray(n * shape[1]!, (n + 1) * shape[1]!)).reduce((a, b) => a + b, 0),
      );
      expect(counts.slice(0, batch.size)).toEqual(Array.from(batch.parts!));
      expect(counts.slice(batch.size).every((count) => count === 0)).toBe(true);
    }
  });

  test("the decoder reads the end of sentence and then the target without its last piece", () => {
    const { arrays } = batchAt(batches, 0);
    const T = arrays["target"]!.shape[1]!;
    const length = Array.from(arrays["real"]!.data.subarray(0, T)).filter((x) => x === 1).length;
    const target = Array.from(arrays["target"]!.data.subarray(0, T));
    const previous = Array.from(arrays["previous"]!.data.subarray(0, T));
    expect(target[length - 1]).toBe(2);
    expect(previous).toEqual([2, ...target.slice(0, length - 1), ...new Array<number>(T - length).fill(1)]);
  });

  test("clean batches are of one bucket, drawn by its share of the validation pairs", () => {
    const drawn = new Map<string, number>();
    const share = new Map<string, number>();
    for (const batch of batches.of("valid")) {
      share.set(shapeOf(batch), (share.get(shapeOf(batch)) ?? 0) + batch.size / task.parts.valid.count);
    }
    const updates = 2000;
    for (let update = 0; update < updates; update++) {
      const batch = batches.clean(update, false);
      expect(new Set(batch.positions).size).toBe(batch.size);
      drawn.set(shapeOf(batch), (drawn.get(shapeOf(batch)) ?? 0) + 1 / updates);
    }
    for (const [shape, p] of share) {
      expect(Math.abs(drawn.get(shape)! - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / updates));
    }
    expect(bytes(batches.clean(7, false))).toBe(bytes(batches.clean(7, false)));
  });

  test("pairs that wait fill a batch of the bucket that holds the first of them", () => {
    const rows = Array.from({ length: task.parts.train.count }, (_, position) => ({ position, pass: 0 }));
    const count = batches.full(rows);
    expect(count).toBeGreaterThan(0);
    expect(batches.collate(rows.slice(0, count)).size).toBe(count);
    expect(batches.full(rows.slice(0, count - 1))).toBe(0);
  });
});

describe("noise", () => {
  test("swap: spoilt pairs are known, their own translation is told beside the given one", async () => {
    const clean = await prepareData(settings());
    const task = await prepareData(settings({ noise: "swap:0.4" }));
    const wrong = Array.from(task.parts.train.wrong!);
    const spoilt = [...wrong.keys()].filter((n) => wrong[n] === 1);
    expect(Math.abs(spoilt.length / wrong.length - 0.4)).toBeLessThan(4 * Math.sqrt(0.24 / wrong.length));
    expect(task.noise).toEqual({ text: "swap:0.4", rate: spoilt.length / wrong.length });
    for (const n of wrong.keys()) {
      const { index, spoilt, source, target, clean_target } = task.describe("train", n);
      expect(clean_target).toBe(String(source).toUpperCase().split(" ").reverse().join(" "));
      expect(target === clean_target).toBe(spoilt === 0);
      expect(index).toBe(n);
    }
    expect(task.hashes.dataset).toBe(clean.hashes.dataset);
    expect(task.hashes.noise).not.toBe(clean.hashes.noise);
    expect(task.form.outputs).toBe(clean.form.outputs);
  });

  test("masks leave validation and test alone", async () => {
    const task = await prepareData(settings({ noise: "mask:0.9:0.9" }));
    const texts = (part: "train" | "valid" | "test"): string =>
      Array.from({ length: task.parts[part].count }, (_, n) => Object.values(task.describe(part, n)).join(" ")).join(
        " ",
      );
    expect(texts("train")).toContain("MASK");
    expect(texts("valid")).not.toContain("MASK");
    expect(texts("test")).not.toContain("MASK");
    const annotated = task.annotated().parts.train;
    expect(annotated.count).toBe(30);
    expect(Array.from(annotated.wrong!).includes(1)).toBe(true);
  });
});

describe("settings", () => {
  test("the defaults of sentence pairs: uniform weights, a small Transformer, smoothed labels", () => {
    const { method, student, labelSmoothing, bpe } = trainSchema.parse({ data: "multi30k" });
    expect({ method, student, labelSmoothing, bpe }).toEqual({
      method: "uniform",
      student: "transformer-tiny",
      labelSmoothing: 0.1,
      bpe: 4000,
    });
  });

  test("pairs above --max-length are not trained on, but evaluated", async () => {
    const { parts } = await prepareData(settings({ maxLength: 12 }));
    const whole = await prepareData(settings());
    expect(parts.train.count).toBeLessThan(whole.parts.train.count);
    expect(parts.test.count).toBe(whole.parts.test.count);
  });

  test.each<[TrainInput, string]>([
    [{ noise: "flip2:0.4" }, "mask"],
    [
      { method: "transition" },
      "--method transition: expected a task that predicts classes, got one that predicts tokens",
    ],
    [{ method: "spl", splVariant: "rl4data" }, "--method spl: expected a task that predicts classes"],
    [{ student: "resnet8" }, 'got "resnet8", which reads images; --data pairs has sentence pairs'],
    [{ trainOnTrusted: 0.5 }, "--train-on-trusted: expected 0 with sentence pairs, got 0.5"],
    [{ download: true }, "--download: expected a set of images"],
  ])("%j is refused before any data is read", (changes, message) => {
    expect(() => checkConfig(settings({ ...changes, dataDir: "/nowhere" }))).toThrow(message);
  });

  test("the record tells lengths, buckets and what was spoilt", async () => {
    const record = await translationKind.record!(settings({ noise: "swap:0.4" }));
    if (!("buckets" in record)) throw new TypeError("expected the record of pairs");
    expect(record.buckets.reduce((sum, { pairs }) => sum + pairs, 0)).toBe(record.counts.train);
    expect(record.fill).toBeGreaterThan(0.6);
    expect(record.fill).toBeLessThanOrEqual(1);
    expect(record.languages).toEqual(["src", "tgt"]);
  });
});
