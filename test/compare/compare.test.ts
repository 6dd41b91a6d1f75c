import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compareRuns } from "../../src/compare/groups.ts";
import { comparisonCsv, comparisonMarkdown, comparisonTable } from "../../src/cli/show/compare-text.ts";
import { expandFolders } from "../../src/compare/glob.ts";
import { runCli } from "../../src/cli/program.ts";
import type { RunRecord } from "../../src/train/record/run-record.ts";
import { readRecord } from "../../src/train/record/run-record.ts";
import { pairedDifference, summarize } from "../../src/statistics.ts";
import { trainSchema } from "../../src/train/config.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { fakeIo } from "../cli/fake-io.ts";

/** A record as training writes it, with the few numbers that a comparison reads. */
function record(config: TrainInput, last: number, best: number, more: Partial<RunRecord> = {}): RunRecord {
  const seed = config.seed ?? 1;
  return {
    folder: `runs/${config.method}-${seed}`,
    formatVersion: 1,
    config: trainSchema.parse(config),
    engine: { name: "onnx", threads: 2 },
    hashes: { dataset: "d", split: `s${seed}`, noise: `n${seed}` },
    results: {
      finished: true,
      steps: 100,
      testError: { last, bestValidation: best },
      weights: { auroc: config.method === "uniform" ? null : 0.8 + seed / 100 },
      secondsPerStep: 0.25,
      wallSeconds: 30,
    },
    ...more,
  };
}

// Errors 10, 12 and 17 %: mean 13, deviations −3, −1, 4, squares 9 + 1 + 16 = 26, sample variance 13, √13 = 3.6056.
// Errors 20 and 24 %: mean 22, sample variance 8, √8 = 2.8284.
const deep = [
  record({ method: "deep", seed: 1 }, 0.1, 0.09),
  record({ method: "deep", seed: 2 }, 0.12, 0.11),
  record({ method: "deep", seed: 3 }, 0.17, 0.1),
];
const uniform = [
  record({ method: "uniform", seed: 1 }, 0.2, 0.2),
  record({ method: "uniform", seed: 2 }, 0.24, 0.2),
  record({ method: "uniform", seed: 3 }, 0.22, 0.2),
];

describe("mean and spread", () => {
  test("the deviation is that of a sample, n − 1 in the denominator", () => {
    const summary = summarize([10, 12, 17])!;
    expect([summary.n, summary.mean]).toEqual([3, 13]);
    expect(summary.std).toBeCloseTo(Math.sqrt(13), 12);
    expect(summarize([20, 24])!.std).toBeCloseTo(Math.sqrt(8), 12);
  });

  test("one value has no deviation, none has no mean, and what is missing does not count", () => {
    expect(summarize([5])).toEqual({ n: 1, mean: 5, std: null });
    expect(summarize([null, undefined, NaN])).toBeNull();
    expect(summarize([null, 1, 3])).toEqual({ n: 2, mean: 2, std: Math.SQRT2 });
  });

  test("a paired difference has the spread of the differences, over the seeds that both have", () => {
    // 10 − 20, 12 − 24, 17 − 22: −10, −12, −5; mean −9, deviations −1, −3, 4, sample variance 26 / 2.
    const pairs = pairedDifference(
      [
        [1, 10],
        [2, 12],
        [3, 17],
        [4, 99],
      ],
      [
        [3, 22],
        [2, 24],
        [1, 20],
        [5, 0],
      ],
    )!;
    expect([pairs.n, pairs.mean]).toEqual([3, -9]);
    expect(pairs.std).toBeCloseTo(Math.sqrt(13), 12);
    expect(pairedDifference([[1, 10]], [[2, 10]])).toBeNull();
    expect(pairedDifference([[1, 10]], [[1, null]])).toBeNull();
  });
});

describe("comparing runs", () => {
  test("runs that differ in their seed alone are one group, in the order given, with nothing to warn of", () => {
    const { groups, varying, warnings } = compareRuns([...uniform, ...deep]);
    expect(groups.map(({ method, seeds }) => [method, seeds])).toEqual([
      ["uniform", [1, 2, 3]],
      ["deep", [1, 2, 3]],
    ]);
    expect([varying, warnings]).toEqual([[], []]);
  });

  test("the table shows mean ± sample deviation in percent, and n", () => {
    expect(comparisonTable(compareRuns([...uniform, ...deep]))).toMatchInlineSnapshot(`
      "method   n  error, last (%)  best valid (%)  vs uniform (points)          AUROC         s/step
      ───────  ─  ───────────────  ──────────────  ───────────────────  ─────────────  ─────────────
      uniform  3     22.00 ± 2.00    20.00 ± 0.00                                      0.250 ± 0.000
      deep     3     13.00 ± 3.61    10.00 ± 1.00         −9.00 ± 3.61  0.820 ± 0.010  0.250 ± 0.000"
    `);
  });

  test("Markdown has the same cells", () => {
    expect(comparisonMarkdown(compareRuns(deep))).toMatchInlineSnapshot(`
      "| method | n   | error, last (%) | best valid (%) | AUROC         | s/step        |
      | ------ | --- | --------------- | -------------- | ------------- | ------------- |
      | deep   | 3   | 13.00 ± 3.61    | 10.00 ± 1.00   | 0.820 ± 0.010 | 0.250 ± 0.000 |"
    `);
  });

  test("the loss as a detector has a column where a run knows it, since a method's weights must be ahead of it", () => {
    const known = deep.map((run, i) => ({
      ...run,
      results: { ...run.results!, losses: { auroc: [0.7, 0.8, 0.9][i]!, averagePrecision: 0.5 } },
    }));
    expect(comparisonTable(compareRuns(known))).toMatch(/AUROC +AUROC, loss +s\/step\n.*\n.* 0\.800 ± 0\.100 /);
  });

  test("CSV has shares as plain numbers, and nothing where nothing is known", () => {
    const [head, row] = comparisonCsv(compareRuns([uniform[0]!])).split("\n");
    expect(head).toBe(
      "method,n,seeds,test_error_last_mean,test_error_last_std,test_error_best_validation_mean,test_error_best_validation_std,auroc_mean,auroc_std,auroc_loss_mean,auroc_loss_std,seconds_per_step_mean,seconds_per_step_std",
    );
    expect(row).toBe("uniform,1,1,0.2,,0.2,,,,,,0.25,");
    const [longer, , pair] = comparisonCsv(compareRuns([uniform[0]!, deep[0]!])).split("\n");
    expect(longer).toBe(`${head},baseline,difference_mean,difference_std,difference_n`);
    expect(pair).toMatch(/,-0\.1,,1$/);
  });

  test("a run without validation examples has no student that validation chose", () => {
    const trustedAlone = record({ method: "trusted-only", valid: 300 }, 0.3, 0.3);
    const none = record({ method: "uniform", valid: 0 }, 0.3, 0.3);
    const { groups } = compareRuns([trustedAlone, none, deep[0]!]);
    expect(groups.map(({ testErrorBestValidation }) => testErrorBestValidation?.mean)).toEqual([
      undefined,
      undefined,
      0.09,
    ]);
  });

  test("where a run lies and how often it is saved makes no difference; the teacher's settings make none to the baseline", () => {
    const elsewhere = record({ method: "deep", seed: 4, out: "x", checkpointEvery: 7, threads: 2 }, 0.1, 0.1);
    const baseline = record({ method: "uniform", seed: 4, teacherLr: 0.5, window: 7 }, 0.2, 0.2);
    const { groups, warnings } = compareRuns([...uniform, baseline, ...deep, elsewhere]);
    expect(groups.map(({ seeds }) => seeds.length)).toEqual([4, 4]);
    expect(warnings).toEqual([]);
  });

  test("settings of the other optimiser and of another schedule make no difference", () => {
    const plain = record({ method: "uniform", seed: 4, adamBeta1: 0.5 }, 0.2, 0.2);
    expect(compareRuns([...uniform, plain]).groups.map(({ seeds }) => seeds.length)).toEqual([4]);
    const adam = [1, 2].map((seed) =>
      record(
        { method: "uniform", optimizer: "adam", seed, momentum: seed / 10, schedule: "constant", milestones: [seed] },
        0.2,
        0.2,
      ),
    );
    expect(compareRuns(adam).groups.map(({ seeds }) => seeds.length)).toEqual([2]);
  });

  test("a teacher from another run is told apart from one of the run's own", () => {
    const moved = record({ method: "deep", seed: 1, teacherFrom: "runs/a" }, 0.1, 0.1);
    const frozen = record({ method: "deep", seed: 1, teacherFrom: "runs/a", freezeTeacher: true }, 0.1, 0.1);
    const { groups, varying } = compareRuns([uniform[0]!, deep[0]!, moved, frozen]);
    expect(groups).toHaveLength(4);
    expect(varying).toEqual(["teacherFrom", "freezeTeacher"]);
  });

  test("options that a run's method does not read make no difference", () => {
    const { groups, varying } = compareRuns([
      record({ method: "focal", seed: 1 }, 0.1, 0.1),
      record({ method: "focal", seed: 2, teacherLr: 0.5 }, 0.1, 0.1),
      record({ method: "focal", seed: 1, focalGamma: 2 }, 0.1, 0.1),
      record({ method: "deep", seed: 1, focalGamma: 0.5 }, 0.1, 0.1),
    ]);
    expect(groups.map(({ method, settings, seeds }) => [method, settings["focalGamma"], seeds])).toEqual([
      ["focal", 1, [1, 2]],
      ["focal", 2, [1]],
      ["deep", undefined, [1]],
    ]);
    expect(varying).toEqual(["focalGamma"]);
  });

  test("a setting that is meant to vary is a column without a warning", () => {
    const runs = [record({ method: "deep", window: 2 }, 0.1, 0.1), record({ method: "deep", window: 5 }, 0.1, 0.1)];
    expect(compareRuns(runs, { meant: ["window"] })).toMatchObject({ varying: ["window"], warnings: [] });
  });

  test("a setting in which groups differ becomes a column, and a warning", () => {
    const longer = record({ method: "deep", seed: 1, epochs: 90, window: 5 }, 0.1, 0.1);
    const comparison = compareRuns([uniform[0]!, deep[0]!, longer]);
    expect(comparison.varying).toEqual(["epochs", "window"]);
    expect(comparison.groups.map(({ settings }) => settings)).toEqual([
      { epochs: 60 },
      { epochs: 60, window: 2 },
      { epochs: 90, window: 5 },
    ]);
    expect(comparison.warnings).toEqual([
      "the runs differ in more than method and seed: epochs (60 | 90), window (unset | 2 | 5)",
    ]);
  });

  test.each<[string, RunRecord[], string]>([
    [
      "another split",
      [
        uniform[0]!,
        record({ method: "deep", seed: 1 }, 0.1, 0.1, { hashes: { dataset: "d", split: "other", noise: "n1" } }),
      ],
      "seed 1: the split hashes differ: runs/uniform-1, runs/deep-1",
    ],
    ["other seeds", [...uniform, deep[0]!], "the groups have different seeds: uniform 1, 2, 3; deep 1"],
    ["the same run twice", [deep[0]!, deep[0]!], "deep: seed 1 is there more than once; n counts it again"],
    [
      "another engine",
      [uniform[0]!, record({ method: "deep", seed: 1 }, 0.1, 0.1, { engine: { name: "onnx", threads: 8 } })],
      "seconds per step come from different engines or thread counts: onnx with 2 threads | onnx with 8 threads",
    ],
    [
      "an unfinished run",
      [record({ method: "deep" }, 0.1, 0.1, { results: { ...deep[0]!.results!, finished: false } })],
      "runs/deep-1: not finished, stopped after 100 steps",
    ],
    [
      "a run that has only begun",
      [record({ method: "deep" }, 0.1, 0.1, { results: null })],
      "runs/deep-1: has no results yet",
    ],
  ])("%s is warned of", (_, runs, warning) => {
    expect(compareRuns(runs).warnings).toEqual([warning]);
  });
});

describe("the difference to the baseline", () => {
  // Per seed −10, −12 and −5 points: mean −9, deviation √13 = 3.61.
  const known = {
    n: 3,
    mean: expect.closeTo(-0.09, 12) as number,
    std: expect.closeTo(Math.sqrt(13) / 100, 12) as number,
  };

  test("is taken seed by seed, whatever the order of the runs", () => {
    const { groups, baselines } = compareRuns([...deep, ...[...uniform].reverse()]);
    expect(baselines).toEqual(["uniform"]);
    expect(groups.map(({ difference }) => difference)).toEqual([known, null]);
  });

  test("refers to the strongest of the baselines, which may be another under each condition", () => {
    // Means: uniform 22 %, mixed 15 %; with more noise 30 % and 40 %.
    const trusted = { method: "mixed", trainOnTrusted: 1, seed: 1 } as const;
    const mixed = record(trusted, 0.15, 0.15);
    const noisier = [
      record({ method: "uniform", seed: 1, noise: "flip2:0.4" }, 0.3, 0.3),
      record({ ...trusted, noise: "flip2:0.4" }, 0.4, 0.4),
    ];
    // One seed of it, however good, does not beat a mean over three.
    expect(compareRuns([...deep, ...uniform, mixed]).baselines).toEqual(["uniform"]);
    const { groups, baselines } = compareRuns([...deep, uniform[0]!, mixed, ...noisier]);
    expect(baselines).toEqual(["mixed", "uniform"]);
    expect(groups.map(({ method, baseline }) => [method, baseline])).toEqual([
      ["deep", "mixed"],
      ["uniform", "mixed"],
      ["mixed", null],
      ["uniform", null],
      ["mixed", "uniform"],
    ]);
    expect(groups[4]!.difference).toEqual({ n: 1, mean: expect.closeTo(0.1, 12) as number, std: null });
  });

  test("counts the pairs where some seeds have no partner", () => {
    const comparison = compareRuns([...uniform.slice(1), ...deep]);
    expect(comparison.groups[1]!.difference).toEqual({
      n: 2,
      mean: expect.closeTo(-0.085, 12) as number, // −12 and −5
      std: expect.closeTo(0.07 / Math.SQRT2, 12) as number,
    });
    expect(comparisonTable(comparison)).toContain("−8.50 ± 4.95 (n = 2)");
  });

  test("is to the baseline with the same noise, schedule and student, whatever the method's own settings", () => {
    const noisy = (config: TrainInput): TrainInput => ({ ...config, noise: "flip2:0.4" });
    const { groups } = compareRuns([
      record({ method: "uniform" }, 0.2, 0.2),
      record(noisy({ method: "uniform" }), 0.5, 0.5),
      record({ method: "deep", teacherLr: 0.5, features: "M0", validBatch: 64 }, 0.19, 0.2),
      record(noisy({ method: "deep" }), 0.4, 0.4),
      record(noisy({ method: "focal", focalGamma: 2 }), 0.7, 0.7),
      record({ method: "deep", epochs: 90 }, 0.1, 0.1),
    ]);
    expect(groups.map(({ difference }) => difference?.mean.toFixed(6))).toEqual([
      undefined,
      undefined,
      "-0.010000",
      "-0.100000",
      "0.200000",
      undefined,
    ]);
  });

  test("is to another method when one is named, and absent where there is no baseline", () => {
    const spl = [record({ method: "spl", seed: 1 }, 0.15, 0.1)];
    const comparison = compareRuns([...spl, deep[0]!], { baseline: "spl" });
    expect(comparison.groups[1]!.difference!.mean).toBeCloseTo(-0.05, 12);
    expect(comparisonTable(comparison)).toContain("vs spl (points)");
    expect(comparisonTable(compareRuns([...spl, deep[0]!]))).not.toContain("vs ");
    expect(comparisonTable(compareRuns(uniform))).not.toContain("vs ");
  });

  test("a run without results has none", () => {
    const { groups } = compareRuns([uniform[0]!, { ...deep[0]!, results: null }]);
    expect(groups[1]!.difference).toBeNull();
  });

  test("a baseline that is not there, or not one, is refused", () => {
    expect(() => compareRuns([...uniform, ...deep], { baseline: "uniforn" })).toThrow(
      "--baseline: expected a method of these runs (uniform, deep), got uniforn. Did you mean uniform?",
    );
    const two = [1, 2].map((focalGamma) => record({ method: "focal", focalGamma }, 0.1, 0.1));
    expect(() => compareRuns([...two, deep[0]!], { baseline: "focal" })).toThrow(
      "--baseline: expected one group of focal to compare with, got runs/focal-1 and runs/focal-1, which differ in focalGamma (1 | 2). Leave one of them out",
    );
  });
});

describe("reading run folders", () => {
  const root = mkdtempSync(join(tmpdir(), "reweight-compare-"));
  const save = (name: string, content: string): string => {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, "run.json"), content);
    return join(root, name);
  };
  const saved = [...uniform, ...deep].map((run) =>
    save(`demo-${String(run.config["method"])}-${String(run.config["seed"])}`, JSON.stringify(run)),
  );

  test("patterns name folders, sorted; a path without stars is taken as it is", () => {
    expect(expandFolders(join(root, "demo-deep-*"))).toEqual(saved.slice(3));
    expect(expandFolders("runs/x")).toEqual(["runs/x"]);
    expect(() => expandFolders(join(root, "nix-*"))).toThrow("no folder matches");
  });

  test("`reweight compare PATTERN --json` prints one object with the groups", async () => {
    const io = fakeIo();
    expect(await runCli(["compare", join(root, "demo-*"), "--json"], io)).toBe(0);
    const { groups, baselines } = JSON.parse(io.printed.join("")) as ReturnType<typeof compareRuns>;
    expect(
      groups.map(({ method, testErrorLast }) => [method, testErrorLast!.n, testErrorLast!.mean.toFixed(6)]),
    ).toEqual([
      ["deep", 3, "0.130000"],
      ["uniform", 3, "0.220000"],
    ]);
    expect([baselines, groups[0]!.difference!.mean.toFixed(6)]).toEqual([["uniform"], "-0.090000"]);
  });

  test("`--baseline` names another", async () => {
    const io = fakeIo();
    expect(await runCli(["compare", join(root, "demo-*"), "--baseline", "deep"], io)).toBe(0);
    expect(io.printed.join("\n")).toMatch(/vs deep \(points\)/);
  });

  test("records that are no records are refused by name", () => {
    expect(() => readRecord(save("broken", "{"))).toThrow(/broken\/run\.json: not JSON/);
    expect(() => readRecord(save("old", '{"formatVersion": 0, "config": {}, "results": null}'))).toThrow(
      /old\/run\.json: not a run record of format 1: formatVersion: /,
    );
  });

  test("a setting that a record does not have has its default", () => {
    const { metric, ...config } = deep[1]!.config;
    expect(metric).toBe("loglik");
    const older = readRecord(save("older", JSON.stringify({ ...deep[1]!, config })));
    expect(compareRuns([deep[0]!, older]).groups.map(({ seeds }) => seeds)).toEqual([[1, 2]]);
  });

  test("a record of a newer version is refused, with what it has that this one does not know", () => {
    const newer = { ...deep[0]!, versions: { reweight: "9.1.0" } };
    expect(() =>
      readRecord(save("setting", JSON.stringify({ ...newer, config: { ...newer.config, mood: 3 } }))),
    ).toThrow(
      /setting\/run\.json: has settings that reweight .* does not know: mood\. Version 9\.1\.0 wrote it; update reweight to read it/,
    );
    expect(() =>
      readRecord(
        save("format", JSON.stringify({ ...newer, formatVersion: 2, config: [], versions: { reweight: "9.1.0" } })),
      ),
    ).toThrow("has format 2, written by the newer version 9.1.0 of reweight");
  });
});
