/** @file Runs on sentence pairs: what is recorded, resume inside a window with dropout, a start from another student. */

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeTensors } from "../../src/safetensors.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { trainSchema } from "../../src/train/config.ts";
import { readEvents } from "../../src/train/record/log.ts";
import { evaluateRun } from "../../src/train/after/evaluate-run.ts";
import { examineRun } from "../../src/train/after/examine-run.ts";
import { train } from "../../src/train/run.ts";
import { writePairs } from "../tasks/translation/pairs.ts";
import { scratch } from "./tiny.ts";

const dataDir = writePairs();
const settings = (changes: TrainInput = {}) =>
  trainSchema.parse({
    data: "pairs",
    dataDir,
    student: "transformer:d=8,ffn=16,heads=2,layers=1",
    bpe: 20,
    tokens: 96,
    buckets: 2,
    valid: 30,
    noise: "swap:0.4",
    method: "deep",
    dropout: 0.3,
    lr: 0.1,
    epochs: 2,
    teacherEvery: 4,
    teacherLr: 0.05,
    threads: 1,
    engine: "onnx",
    out: join(scratch(), "run"),
    ...changes,
  });

const arraysOf = (out: string): Record<string, number[]> => {
  const path = checkpointPath(out, "last");
  const { tensors } = decodeTensors(readFileSync(path), path);
  return Object.fromEntries([...tensors].map(([name, { data }]) => [name, Array.from(data)]));
};

describe("a run", () => {
  const config = settings();

  test("trains, evaluates per token, and tells of each pair with its text", async () => {
    const results = await train(config);
    expect(results.finished).toBe(true);
    const epochs = readEvents(config.out!).filter((event) => event.type === "eval");
    const chance = Math.log(56);
    expect(epochs.at(-1)!.validLoss).toBeLessThan(chance);
    expect(epochs.at(-1)!.trainLoss).toBeLessThan(chance + 0.5);
    expect(results.weights.auroc).not.toBeNull();
    const [head, first] = readFileSync(join(config.out!, "weights.csv"), "utf8").split("\n");
    expect(head).toBe("index,spoilt,source,target,clean_target,last_weight,mean_weight,loss,rank");
    expect(first).toMatch(/^\d+,[01],[a-z ]+,[A-Z ]+,[A-Z ]+,/);
  });

  test("a report of classes is refused, with where its pairs are ranked", async () => {
    await expect(examineRun(config.out!, { sample: 10 })).rejects.toThrow(/on pairs\. weights\.csv ranks its examples/);
  });

  test("its student is evaluated again to the same numbers", async () => {
    const again = await evaluateRun(config.out!);
    const done = readEvents(config.out!).findLast((event) => event.type === "eval")!;
    expect(again.validLoss).toBeCloseTo(done.validLoss!, 6);
  });
});

describe("resume", () => {
  test.each([
    { stop: 3, changes: {} },
    { stop: 7, changes: { reversal: "snapshot", window: 3 } },
  ] as const)("after $stop steps, inside a window, bit for bit: $changes", async ({ stop, changes }) => {
    const [whole, parts] = [settings({ ...changes, epochs: 1 }), settings({ ...changes, epochs: 1 })];
    await train(whole);
    await train({ ...parts, maxSteps: stop });
    await train(parts, { resume: true });
    expect(arraysOf(parts.out!)).toEqual(arraysOf(whole.out!));
  });
});

test("dropout changes the run, and the seed its masks", async () => {
  const [plain, dropped, other] = [
    settings({ dropout: 0, epochs: 1 }),
    settings({ epochs: 1 }),
    settings({ epochs: 1, seed: 2 }),
  ];
  for (const config of [plain, dropped, other]) await train({ ...config, maxSteps: 2 });
  const thetas = [plain, dropped, other].map(({ out }) =>
    JSON.stringify(arraysOf(out!)["theta.encoder.0.ffn.in.weight"]),
  );
  expect(new Set(thetas).size).toBe(3);
});

test("pre-trained by Adam, then fine-tuned by the paper's teacher on momentum from the best of it", async () => {
  const before = settings({ method: "uniform", optimizer: "adam", lr: 0.01, schedule: "inverse-sqrt", warmup: 4 });
  await train(before);
  const pretrained = readEvents(before.out!).filter((event) => event.type === "eval");
  const best = Math.min(...pretrained.map(({ validLoss }) => validLoss!));
  const after = settings({ studentFrom: before.out!, lr: 1e-3, epochs: 1 });
  await train(after);
  const tuned = readEvents(after.out!).findLast((event) => event.type === "eval")!;
  expect(Math.abs(tuned.validLoss! - best)).toBeLessThan(0.05);
});

test("a student or a teacher of another dictionary of the same size is refused", async () => {
  const before = settings({ epochs: 1 });
  await train({ ...before, maxSteps: 4 });
  const elsewhere = mkdtempSync(join(scratch(), "other"));
  for (const file of readdirSync(dataDir)) {
    const text = readFileSync(join(dataDir, file), "utf8");
    // As many words, as many letters, other letters.
    writeFileSync(join(elsewhere, file), text.replaceAll("a", "q").replaceAll("A", "Q"));
  }
  const last = checkpointPath(before.out!, "last");
  const other = settings({ dataDir: elsewhere, epochs: 1 });
  await expect(train({ ...other, studentFrom: last })).rejects.toThrow(
    /^--student-from: .* reads texts by another dictionary \(SHA-256 [0-9a-f]{12}…\) than this run/,
  );
  await expect(train({ ...other, teacherFrom: last })).rejects.toThrow(
    /^--teacher-from: .*\(the tokens of dictionary [0-9a-f]{12}…\), got other classes/,
  );
  const own = settings({ epochs: 1, studentFrom: last, teacherFrom: last });
  await train({ ...own, maxSteps: 1 });
});
