import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { configOf } from "../../src/settings/config-of.ts";
import { parseConfig, printConfig, readConfig } from "../../src/settings/config-file.ts";
import { resolve } from "../../src/settings/resolve.ts";
import { resumeLayers } from "../../src/cli/resume.ts";
import { settingsOf } from "../../src/settings/settings.ts";
import { closest, editDistance } from "../../src/similar.ts";
import { ConfigError } from "../../src/errors.ts";
import { trainSchema } from "../../src/train/config.ts";

const settings = settingsOf(trainSchema);
const file = (text: string) => parseConfig(text, "c.yaml", settings);
const merged = (...layers: Parameters<typeof resolve>[1]) => resolve(trainSchema, layers);

describe("config files", () => {
  test("YAML and JSON are read, with keys in either case", () => {
    expect(file("teacher-every: 10\nnoise: flip2:0.4\naugment: false\nmilestones: [4, 5]\n")).toEqual({
      teacherEvery: 10,
      noise: "flip2:0.4",
      augment: false,
      milestones: [4, 5],
    });
    expect(file('{"teacherEvery": 10, "student": "cnn"}')).toEqual({ teacherEvery: 10, student: "cnn" });
    expect(file("# nothing\n")).toEqual({});
  });

  test.each([
    ["techer-every: 1", `c.yaml: there is no setting "techer-every". Did you mean teacher-every?`],
    ["weightdecay: 1", `c.yaml: there is no setting "weightdecay". Did you mean weightDecay?`],
    ["xyzzy: 1", `c.yaml: there is no setting "xyzzy".`],
    ["teacherEvery: 1\nteacher-every: 2", `c.yaml: "teacher-every" is set twice`],
    ["batch: 1\nbatch: 2", 'c.yaml:2:1: not YAML or JSON: "batch" is there twice'],
    ["- 1\n- 2", `c.yaml: expected settings as "name: value", got a list`],
    ["lr: [", "c.yaml:1:6: not YAML or JSON"],
  ])("%j is refused", (text, message) => {
    expect(() => file(text)).toThrow(ConfigError);
    expect(() => file(text)).toThrow(message);
  });

  test("a run's record is a config file", () => {
    expect(file('{"formatVersion": 1, "name": "x", "config": {"seed": 7}, "results": null}')).toMatchObject({
      seed: 7,
    });
  });

  test("a file that is not there is named", () => {
    expect(() => readConfig("/nowhere/c.yaml", settings)).toThrow("--config /nowhere/c.yaml: there is no such file");
    expect(() => readConfig(tmpdir(), settings)).toThrow("that is a folder");
  });

  test("what --print-config prints reads back as the same settings, each with its meaning", () => {
    const config = merged({ values: { noise: "uniform:0.2", milestones: [3, 4], dataDir: "a: b", augment: false } });
    const text = printConfig(config, settings);
    expect(parse(text)).toEqual(config);
    expect(merged({ file: "c", values: file(text) })).toEqual(config);
    expect(text).toContain("# Examples per student step\nbatch: 128\n");
    expect(text).toContain("# trainLimit:\n");
  });
});

describe("resolving", () => {
  test("the command line wins over files, later files over earlier ones, anything over defaults", () => {
    const config = merged(
      { file: "a.yaml", values: { batch: 16, epochs: 5, lr: 0.5 } },
      { file: "b.yaml", values: { epochs: 6, lr: 0.6 } },
      { values: { lr: 0.7 } },
    );
    expect([config.batch, config.epochs, config.lr, config.momentum]).toEqual([16, 6, 0.7, 0.9]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ batch: "abc" }, '--batch: expected an integer ≥ 2, got "abc"'],
    [{ batch: 1 }, "--batch: expected an integer ≥ 2, got 1"],
    [{ seed: 1.5 }, "--seed: expected an integer from 0 to 4294967295, got 1.5"],
    [{ momentum: 1 }, "--momentum: expected a number in [0, 1), got 1"],
    [{ lr: -1 }, "--lr: expected a number ≥ 0, got -1"],
    [{ engine: "onx" }, '--engine: expected one of auto, torch, onnx, reference, got "onx". Did you mean onnx?'],
    [{ milestones: [4, "x"] }, '--milestones: expected a list of integers ≥ 1, got 4,"x"'],
    [{ teacherEvery: 0 }, "--teacher-every: expected an integer ≥ 1, got 0"],
  ])("%j is refused in a sentence", (values, message) => {
    expect(() => merged({ values })).toThrow(new ConfigError(message));
  });

  test("a wrong value from a file is blamed on the file, and an empty one explained", () => {
    expect(() => merged({ file: "a.yaml", values: { teacherEvery: null } })).toThrow(
      "a.yaml: teacherEvery: expected an integer ≥ 1, got nothing. Leave the line out for the default",
    );
    expect(merged({ file: "a.yaml", values: { batch: 0 } }, { values: { batch: 4 } }).batch).toBe(4);
  });

  test("all problems are told at once", () => {
    expect(() => merged({ values: { batch: 0, lr: "x" } })).toThrow(
      '2 settings are wrong: --batch: expected an integer ≥ 2, got 0; --lr: expected a number ≥ 0, got "x"',
    );
  });
});

describe("resuming", () => {
  const run = {
    folder: "runs/a",
    formatVersion: 1 as const,
    config: trainSchema.parse({ lr: 0.1, seed: 3, maxSteps: 50, out: "elsewhere" }),
    results: null,
  };

  test("takes the run's settings and its folder, and drops the limit that ended it", () => {
    const config = merged(...resumeLayers(run, [{ values: { checkpointEvery: 7 } }]));
    expect([config.lr, config.seed, config.maxSteps, config.checkpointEvery, config.out]).toEqual([
      0.1,
      3,
      undefined,
      7,
      "runs/a",
    ]);
  });

  test("refuses another value of a setting that decides what is computed, and allows the same one", () => {
    expect(() => resumeLayers(run, [{ values: { lr: 0.2 } }])).toThrow(
      "--lr: the run in runs/a has 0.1, got 0.2. A resumed run keeps its settings: leave it out, or start a new run with another --out",
    );
    expect(() => resumeLayers(run, [{ file: "a.yaml", values: { milestones: [1] } }])).toThrow(
      "a.yaml: milestones: the run in runs/a has no value, got [1]",
    );
    expect(merged(...resumeLayers(run, [{ values: { lr: 0.1 } }])).lr).toBe(0.1);
  });
});

describe("did you mean", () => {
  test.each([
    ["kitten", "sitting", 3],
    ["", "abc", 3],
    ["ab", "ba", 1],
    ["same", "same", 0],
  ])("%s → %s takes %i edits", (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
  });

  test.each([
    ["step", ["steps", "seed"], "steps"],
    ["step", ["max-steps", "seed"], "max-steps"],
    ["trian", ["train", "eval"], "train"],
    ["xyzzy", ["train", "eval"], undefined],
    ["every", ["teacher-every", "eval-every"], undefined],
  ])("%s among %j means %s", (name, candidates, found) => {
    expect(closest(name, candidates)).toBe(found);
  });
});

test("a config file on disk is read under its name", () => {
  const path = join(mkdtempSync(join(tmpdir(), "reweight-")), "a.yaml");
  writeFileSync(path, "seed: 9\n");
  expect(readConfig(path, settings)).toEqual({ file: path, values: { seed: 9 } });
});

describe("settings from a program", () => {
  test("are completed, and refused by name with what was expected", () => {
    expect(configOf({ method: "transition" })).toEqual(trainSchema.parse({ method: "transition" }));
    const misspelt: object = { lr: -1, mehod: "deep" };
    expect(() => configOf(misspelt)).toThrow(ConfigError);
    expect(() => configOf({ lr: -1 })).toThrow("--lr: expected a number ≥ 0, got -1");
  });

  test("a record given as a config file is read as a record: what it is too new for is refused", () => {
    const record = { formatVersion: 1, config: { lr: 0.5, mood: 1 }, versions: { reweight: "9.1.0" } };
    expect(() => parseConfig(JSON.stringify(record), "run.json", settingsOf(trainSchema))).toThrow(
      "run.json: has settings that reweight 0.1.0 does not know: mood. Version 9.1.0 wrote it",
    );
  });
});
