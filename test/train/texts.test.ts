/** @file Runs on texts: with every method, resumed inside a window, and what is made of them afterwards. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, test } from "vitest";
import { METHODS } from "../../src/methods/methods.ts";
import { decodeTensors } from "../../src/safetensors.ts";
import { checkConfig } from "../../src/settings/check-config.ts";
import { evaluateRun } from "../../src/train/after/evaluate-run.ts";
import { examineRun } from "../../src/train/after/examine-run.ts";
import { suspectsOf } from "../../src/train/after/suspects.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import type { TrainConfig, TrainInput } from "../../src/train/config.ts";
import { outputFolder, trainSchema } from "../../src/train/config.ts";
import { train } from "../../src/train/run.ts";
import { scratch } from "./tiny.ts";

const dataDir = scratch();
const WORDS = ["what", "which", "why", "who", "where", "many"];

beforeAll(() => {
  mkdirSync(join(dataDir, "trec"));
  // The class is told by one word; the others, and the length, are the same for all.
  const line = (n: number): string =>
    `${n % 6} ${[WORDS[n % 6], ...Array.from({ length: n % 14 }, (_, i) => `w${(n * (i + 1)) % 9}`)].join(" ")} ?\n`;
  const lines = (count: number): string => Array.from({ length: count }, (_, n) => line(n)).join("");
  writeFileSync(join(dataDir, "trec", "TREC.train.all"), lines(150));
  writeFileSync(join(dataDir, "trec", "TREC.test.all"), lines(36));
});

const small = (changes: TrainInput = {}): TrainConfig =>
  trainSchema.parse({
    data: "trec",
    dataDir,
    noise: "flip2:0.4",
    method: "deep",
    valid: 30,
    batch: 20,
    epochs: 2,
    teacherEvery: 3,
    window: 2,
    threads: 1,
    engine: "onnx",
    out: join(scratch(), "run"),
    ...changes,
  });

const arraysIn = (folder: string): Map<string, readonly number[]> =>
  new Map(
    [...decodeTensors(readFileSync(checkpointPath(folder, "last")), "checkpoint").tensors].map(([name, { data }]) => [
      name,
      [...data],
    ]),
  );

describe("runs on texts", () => {
  test.each(METHODS)("--method %s trains", async (method) => {
    const results = await train(small({ method }));
    expect(results.finished).toBe(true);
    expect(results.testError.last).toBeLessThan(1);
  });

  test.each([
    { student: "bag", stop: 8 },
    { student: "textcnn", stop: 7 },
    { student: "text-transformer", stop: 5 },
  ])("$student learns, and resumes bit for bit after $stop steps, with dropout", async ({ student, stop }) => {
    const [whole, parts] = [small({ student }), small({ student })];
    await train(whole);
    await train({ ...parts, maxSteps: stop });
    const results = await train(parts, { resume: true });
    expect(results.steps).toBe(12);
    expect(arraysIn(parts.out!)).toEqual(arraysIn(whole.out!));
    expect(readFileSync(join(parts.out!, "weights.csv"))).toEqual(readFileSync(join(whole.out!, "weights.csv")));
  });

  test("the words that tell the class are found, in words and in pieces", async () => {
    for (const changes of [{}, { bpe: 40 }]) {
      const results = await train(small({ method: "uniform", noise: "none", epochs: 15, ...changes }));
      expect(results.testError.last).toBeLessThan(0.1);
    }
  });

  test("have the text in weights.csv, are evaluated and examined again, and have no pictures", async () => {
    const config = small();
    const results = await train(config);
    const rows: Record<string, string>[] = parse(readFileSync(join(config.out!, "weights.csv")), { columns: true });
    expect(rows).toHaveLength(120);
    for (const { index, text } of rows) expect(text).toContain(WORDS[Number(index) % 6]);
    const again = await evaluateRun(config.out!);
    expect(again.testError).toBe(results.testError.last);
    expect(again.confusion.flat().reduce((sum, n) => sum + n, 0)).toBe(36);
    const { sample, training } = await examineRun(config.out!, { sample: 30 });
    expect([sample.length, sample[0]!.state.length, training.length]).toEqual([30, 100, 120]);
    await expect(suspectsOf(config.out!, 5)).rejects.toThrow(/expected a run on images with classes, got one on trec/);
  });

  test("a teacher goes from one run to another on texts of the same classes", async () => {
    const first = small();
    await train(first);
    const second = small({ teacherFrom: first.out!, freezeTeacher: true, seed: 2 });
    await expect(train(second)).resolves.toMatchObject({ finished: true });
  });
});

describe("settings of texts", () => {
  test("have defaults of their own, which the student decides too, and which folders' names leave out", () => {
    const { student, batch, lr, epochs, valid, weightDecay } = trainSchema.parse({ data: "hausa" });
    expect({ student, batch, lr, epochs, valid, weightDecay }).toEqual({
      student: "bag",
      batch: 50,
      lr: 1,
      epochs: 30,
      valid: 290,
      weightDecay: 1e-4,
    });
    expect(trainSchema.parse({ data: "trec", student: "textcnn" })).toMatchObject({ lr: 0.05, epochs: 15, valid: 240 });
    expect(trainSchema.parse({ data: "trec", lr: 0.3 }).lr).toBe(0.3);
    expect(outputFolder(trainSchema.parse({ data: "hausa" }))).toBe("runs/hausa-bag-none-anchored-1");
    expect(outputFolder(trainSchema.parse({ data: "hausa", valid: 100, method: "deep" }))).toBe(
      "runs/hausa-bag-none-deep-1-valid-100",
    );
    expect(trainSchema.parse({}).student).toBe("resnet32");
  });

  test.each([
    [
      { data: "trec", student: "resnet8" },
      /^--student: expected one of bag, textcnn, .*which reads images; --data trec/,
    ],
    [
      { data: "glyphs", student: "bag" },
      /^--student: expected one of resnet8.*which reads texts; --data glyphs has im/,
    ],
    [{ data: "trec", noise: "cifarn:worse" }, /^--noise cifarn:worse: expected labels of texts/],
    [{ data: "hausa", download: true }, /^--download: expected a set of images; copy the files of hausa/],
    [
      { data: "glyphs", dropout: 0.5 },
      /^--dropout: expected it with texts or sentence pairs, got 0.5 with images. Leave it out/,
    ],
    [{ data: "glyphs", bpe: 100 }, /^--bpe: expected it with texts or sentence pairs, got 100 with images/],
    [
      { data: "glyphs", labelSmoothing: 0.1 },
      /^--label-smoothing: expected it with sentence pairs, got 0.1 with images/,
    ],
    [{ data: "trec", tokens: 512 }, /^--tokens: expected it with sentence pairs, got 512 with texts/],
  ] as const)("%o is refused before any data are read", (given, message) => {
    expect(() => checkConfig(trainSchema.parse(given))).toThrow(message);
  });
});
