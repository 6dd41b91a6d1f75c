/** @file Errors at the library's doors: our classes, never zod's, and a program's names for its arguments. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as library from "reweight";
import type { TrainInput } from "reweight";
import { ConfigError, DataError } from "reweight";
import { inProgramTerms } from "../../src/public/for-programs.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "library-errors-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["--valid-batch: expected at most 5 (--valid), got 9", "validBatch: expected at most 5 (valid), got 9"],
  ["use --no-augment, not --l2t-episodes", "use augment: false, not l2tEpisodes"],
  ["Run `npm install --ignore-scripts`", "Run `npm install --ignore-scripts`"],
  ['--noise: got "--lr"', 'noise: got "--lr"'],
  ["a--b and 5 -- 6", "a--b and 5 -- 6"],
])("%s → %s", (typed, called) => {
  expect(inProgramTerms(typed)).toBe(called);
});

const TINY = { student: "mlp", trainLimit: 100, valid: 50, testLimit: 20, epochs: 1, engine: "reference" } as const;
const asGiven = (values: object): TrainInput => values;
const data = () => library.loadDataset({ name: "glyphs", glyphs: { train: 200, test: 20 } });

describe("errors of the library name its arguments", () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      "a number out of range",
      () => library.configOf({ validBatch: 0 }),
      /^validBatch: expected an integer ≥ 1, got 0$/,
    ],
    ["an unknown setting", () => library.configOf(asGiven({ validBtach: 1 })), /^validBtach: there is no such setting/],
    ["an unknown student", () => library.configOf({ student: "resnet21" }), /^student: expected one of resnet/],
    [
      "settings that need others",
      () => library.configOf({ noise: "cifarn:worse" }),
      /expected cifarnDir with the label/,
    ],
    [
      "train",
      () => library.train({ ...TINY, out: join(folder, "a"), validBatch: 51 }),
      /^validBatch: .*\(valid\), got 51$/,
    ],
    ["train, incomplete", () => library.train(asGiven({ epochs: "two" })), /^epochs: expected an integer .*got "two"$/],
    ["trainInThread", () => library.trainInThread(asGiven({ seed: -1 })), /^seed: expected an integer from 0/],
    ["a student by name", () => library.makeStudent("x", { inputs: {}, outputs: 2 }), /^name: expected one of/],
    ["a method by name", () => library.methodOf("x"), /^name: expected one of uniform/],
    ["an engine by name", () => library.selectEngine("x"), /^name: expected auto, torch/],
    [
      "a device",
      () => library.selectEngine("onnx", { device: "cuda" }),
      /^device cuda: expected engine torch|^device cuda: expected name torch/,
    ],
    ["a teacher", () => library.loadTeacher(join(folder, "none")), /^path: expected a run's folder/],
    [
      "the window of a problem",
      async () => {
        const task = library.imageTask(await library.prepareClassification({ dataset: await data(), seed: 1 }));
        const config = library.configOf({ window: 9, teacherEvery: 5 });
        return new library.TrainingProblem(
          library.makeStudent("mlp", task.form),
          task,
          library.methodOf("deep"),
          config,
        );
      },
      /^window: expected at most teacherEvery = 5 steps, got 9/,
    ],
  ])("%s", async (_what, act, message) => {
    const error: unknown = await Promise.resolve()
      .then(act)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "CONFIG", message: expect.stringMatching(message) as string });
    expect((error as Error).stack).toContain((error as Error).message);
  });

  test("files that are not there: with the name of the argument that says where", async () => {
    const error = await library.loadDataset({ name: "mnist", dir: folder }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toMatch(/Use download to fetch it, or dir to say where/);
  });

  test("what a training thread threw comes back as its class, in the same words", async () => {
    const built = (await import(new URL("../../dist/index.js", import.meta.url).href)) as typeof library;
    const settings = { ...TINY, out: join(folder, "t"), validBatch: 51 };
    const error = await built.trainInThread(settings).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(built.ConfigError);
    expect((error as Error).message).toMatch(/^validBatch: expected at most the 50 .*, got 51$/);
  });

  test("a wrong setting is a ConfigError, as a class and in its cause", () => {
    expect(() => library.configOf({ lr: -1 })).toThrow(ConfigError);
  });
});
