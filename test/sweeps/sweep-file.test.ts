import { describe, expect, test } from "vitest";
import { settingsOf } from "../../src/settings/settings.ts";
import { expand, only, varied } from "../../src/sweeps/expand.ts";
import { parseSweep } from "../../src/sweeps/sweep-file.ts";
import { ConfigError } from "../../src/errors.ts";
import { trainSchema } from "../../src/train/config.ts";

const parse = (text: string) => parseSweep(text, "some/t.yaml", settingsOf(trainSchema));
const plan = (text: string) => expand(parse(text));
const names = (text: string): string[] => plan(text).map(({ name }) => name);

describe("a sweep file", () => {
  test("every combination of the grid, with each run, with each seed; seeds vary last", () => {
    const text = `
seeds: [3, 4]
base: { epochs: 7, teacherLr: 0.5 }
grid: { noise: [none, "flip2:0.4"], batch: [32, 64] }
runs: [{ method: uniform }, { name: quick, method: deep, teacher-lr: 0.01 }]
`;
    const runs = plan(text);
    expect(runs).toHaveLength(2 * 2 * 2 * 2);
    expect(names(text).slice(0, 3)).toEqual([
      "none-batch-32-uniform-seed3",
      "none-batch-32-quick-seed3",
      "none-batch-64-uniform-seed3",
    ]);
    expect(new Set(runs.slice(0, 8).map(({ config }) => config.seed))).toEqual(new Set([3]));
    const last = runs.at(-1)!;
    expect(last.name).toBe("flip2-0.4-batch-64-quick-seed4");
    expect(last.folder).toBe("runs/t/flip2-0.4-batch-64-quick-seed4");
    expect(last.config).toEqual(
      trainSchema.parse({
        epochs: 7,
        noise: "flip2:0.4",
        batch: 64,
        method: "deep",
        teacherLr: 0.01,
        seed: 4,
        out: last.folder,
      }),
    );
    expect(varied(runs).sort()).toEqual(["batch", "method", "noise", "teacherLr"]);
  });

  test("a value of the grid may bring settings along, and base alone is one run for each seed", () => {
    const [small, wide] = plan(
      "grid: { student: [resnet8, { student: wrn-10-1, weightDecay: 0.25 }, {name: w2, student: wrn-10-2}] }",
    );
    expect([small!.config.weightDecay, small!.name]).toEqual([trainSchema.parse({}).weightDecay, "resnet8-seed1"]);
    expect([wide!.config.weightDecay, wide!.name]).toEqual([0.25, "wrn-10-1-seed1"]);
    expect(names("grid: { student: [{ name: w2, student: wrn-10-2 }] }")).toEqual(["w2-seed1"]);
    expect(names("seeds: [5, 6]\nbase: { student: mlp }")).toEqual(["seed5", "seed6"]);
  });

  test("flags, lists and features make readable names", () => {
    expect(names('grid: { augment: [true, false], milestones: [[3, 4]], features: ["I0+M0"] }')).toEqual([
      "augment-milestones-3-4-I0+M0-seed1",
      "no-augment-milestones-3-4-I0+M0-seed1",
    ]);
  });

  test.each([
    ["sweeds: [1]", 'expected out, seeds, base, grid, runs, got "sweeds". Did you mean seeds?'],
    ["epochs: 3", 'got "epochs". It is a setting: put it under base'],
    ["base: { techerEvery: 3 }", 't.yaml: base: there is no setting "techerEvery". Did you mean teacherEvery?'],
    ["runs: [{ metod: deep }]", 't.yaml: run 1: there is no setting "metod". Did you mean method?'],
    [
      "grid: { lr: 0.1 }",
      "grid: lr: expected a list with at least one entry, got 0.1. What does not vary goes under base",
    ],
    ["grid: { lr: [] }", "grid: lr: expected a list with at least one entry, got an empty list"],
    ["grid: { lr: [0.1, -1] }", "t.yaml: grid: lr: expected a number ≥ 0, got -1"],
    ["grid: { lr: [{ batch: 3 }] }", 'grid: lr: expected each entry to set lr, got {"batch":3}'],
    ["grid: { milestones: [3, 4] }", "grid: milestones: expected a list of integers ≥ 1, got 3"],
    [
      "base: { engine: onx }",
      'base: engine: expected one of auto, torch, onnx, reference, got "onx". Did you mean onnx?',
    ],
    ["base: { seed: 3 }", "base: seed: not here; seeds: [1, 2, 3] at the top of the file says it"],
    ["runs: [{ out: x }]", "run 1: out: not here"],
    ["seeds: 3", "seeds: expected a list with at least one entry, got 3"],
    ["seeds: [1.5]", "t.yaml: seeds: seed: expected an integer from 0 to 4294967295, got 1.5"],
    ["seeds: [1, 1]", "two runs are called seed1"],
    ["base: { lr: 1 }\ngrid: { lr: [2] }", "base: lr: the grid gives it to every run. Leave it out of base"],
    ["grid: { lr: [2] }\nruns: [{ lr: 3 }]", "lr: expected in one entry of grid or in runs, got it in two"],
    ["runs: [{ method: deep }, { method: deep }]", "two runs are called deep-seed1. Give entries a name of their own"],
    ["runs: [{ method: deep }, { name: b, method: deep }]", "deep-seed1 and b-seed1 are the same run"],
    ["runs: [{ name: a/b }]", 'run 1: name: expected letters, digits and any of . _ + -, 200 at most, got "a/b"'],
    ["base: { noise: flip:0.4 }", "t.yaml: seed1: noise: expected none, uniform:P"],
    ["base: { noise: cifarn:worse }", "expected --cifarn-dir with the label files, got none"],
    ["base: { student: resnet9 }", "--student: expected one of resnet8"],
    ["base: { features: I0+I9 }", "--features: expected a sum of"],
    ["out: 3", "out: expected a folder, got 3"],
    ["- 1", 'expected settings as "name: value", got a list'],
  ])("%j is refused", (text, message) => {
    expect(() => plan(text)).toThrow(ConfigError);
    expect(() => plan(text)).toThrow(message);
  });

  test("what is typed wins over base, and may not be what the file varies", () => {
    const file = parse("base: { engine: onnx }\ngrid: { device: [cpu] }");
    expect(expand(file, { engine: "torch" })[0]!.config.engine).toBe("torch");
    expect(() => expand(file, { device: "cuda" })).toThrow("--device: some/t.yaml varies it");
  });

  test("--only takes whole names and patterns, and says what was meant", () => {
    const runs = plan("grid: { noise: [none, flip2:0.4], method: [uniform, deep] }");
    expect(only(runs, "*-deep-*").map(({ name }) => name)).toEqual(["none-deep-seed1", "flip2-0.4-deep-seed1"]);
    expect(only(runs, "none-deep-seed?")).toHaveLength(1);
    expect(() => only(runs, "deep")).toThrow('got deep. Did you mean "*deep*"?');
    expect(() => only(runs, "none-dep-seed1")).toThrow("Did you mean none-deep-seed1?");
  });
});

describe("sizes of a sweep", () => {
  test("more runs than anybody trains are refused before they are listed", () => {
    const list = JSON.stringify(Array.from({ length: 1000 }, (_, i) => i + 1));
    const text = `seeds: ${list}\ngrid: { epochs: ${list}, batch: ${list}, teacherEvery: ${list} }`;
    expect(() => plan(text)).toThrow("expected at most 10000 runs, got 1000000000000");
  });

  test("a name that no file system takes is refused, with what to do", () => {
    const features = "I0+I1+I2+I3+M0+M1+loss+bilinear+joint";
    const text = `runs: [{ features: ${features}, teacherLr: 0.00012345, teacherWeightDecay: 0.0001234, lr: 0.05123, momentum: 0.91234, weightDecay: 0.000512345, teacherOptimizer: nesterov, interaction: cut-exact, validAugment: true, padMode: reflect, teacherEvery: 25 }]`;
    expect(() => plan(text)).toThrow(
      /expected names of runs of at most 200 characters, got 2\d\d .* Give entries .* a name/,
    );
    expect(names(text.replace("{ features", "{ name: all, features"))).toEqual(["all-seed1"]);
  });

  test("maps and lists where values belong are refused by name, whatever their keys", () => {
    expect(() => plan("seeds: [{ toString: 1 }]")).toThrow("seeds: seed: expected an integer");
    expect(() => plan("grid: { lr: [[{ toString: 1 }]] }")).toThrow("lr: expected a number");
  });
});
