import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compareRuns } from "../../src/cli/compare-groups.ts";
import { comparisonCsv, comparisonMarkdown, comparisonTable } from "../../src/cli/compare-text.ts";
import { expandFolders } from "../../src/cli/glob.ts";
import { runCli } from "../../src/cli/program.ts";
import type { RunRecord } from "../../src/cli/run-record.ts";
import { readRun } from "../../src/cli/run-record.ts";
import { summarize } from "../../src/cli/stats.ts";
import { trainSchema } from "../../src/train/config.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { fakeIo } from "./fake-io.ts";

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
      "method   n  test error, last (%)  test error, best validation (%)          AUROC         s/step
      ───────  ─  ────────────────────  ───────────────────────────────  ─────────────  ─────────────
      uniform  3          22.00 ± 2.00                     20.00 ± 0.00              –  0.250 ± 0.000
      deep     3          13.00 ± 3.61                     10.00 ± 1.00  0.820 ± 0.010  0.250 ± 0.000"
    `);
  });

  test("Markdown has the same cells", () => {
    expect(comparisonMarkdown(compareRuns(deep))).toMatchInlineSnapshot(`
      "| method | n | test error, last (%) | test error, best validation (%) | AUROC | s/step |
      | --- | --- | --- | --- | --- | --- |
      | deep | 3 | 13.00 ± 3.61 | 10.00 ± 1.00 | 0.820 ± 0.010 | 0.250 ± 0.000 |"
    `);
  });

  test("CSV has shares as plain numbers, and nothing where nothing is known", () => {
    const [head, row] = comparisonCsv(compareRuns([uniform[0]!])).split("\n");
    expect(head).toBe(
      "method,n,seeds,test_error_last_mean,test_error_last_std,test_error_best_validation_mean,test_error_best_validation_std,auroc_mean,auroc_std,seconds_per_step_mean,seconds_per_step_std",
    );
    expect(row).toBe("uniform,1,1,0.2,,0.2,,,,0.25,");
  });

  test("where a run lies and how often it is saved makes no difference; the teacher's settings make none to the baseline", () => {
    const elsewhere = record({ method: "deep", seed: 4, out: "x", checkpointEvery: 7, threads: 2 }, 0.1, 0.1);
    const baseline = record({ method: "uniform", seed: 4, teacherLr: 0.5, window: 7 }, 0.2, 0.2);
    const { groups, warnings } = compareRuns([...uniform, baseline, ...deep, elsewhere]);
    expect(groups.map(({ seeds }) => seeds.length)).toEqual([4, 4]);
    expect(warnings).toEqual([]);
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
    expect(compareRuns(runs, ["window"])).toMatchObject({ varying: ["window"], warnings: [] });
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

  test("patterns name folders, sorted; a path without stars is taken as it is", async () => {
    expect(await expandFolders(join(root, "demo-deep-*"))).toEqual(saved.slice(3));
    expect(await expandFolders("runs/x")).toEqual(["runs/x"]);
    await expect(expandFolders(join(root, "nix-*"))).rejects.toThrow("no folder matches");
  });

  test("`reweight compare PATTERN --json` prints one object with the groups", async () => {
    const io = fakeIo();
    expect(await runCli(["compare", join(root, "demo-*"), "--json"], io)).toBe(0);
    const { groups } = JSON.parse(io.printed.join("")) as ReturnType<typeof compareRuns>;
    expect(
      groups.map(({ method, testErrorLast }) => [method, testErrorLast!.n, testErrorLast!.mean.toFixed(6)]),
    ).toEqual([
      ["deep", 3, "0.130000"],
      ["uniform", 3, "0.220000"],
    ]);
  });

  test("records that are no records are refused by name", async () => {
    await expect(readRun(save("broken", "{"))).rejects.toThrow(/broken\/run\.json: not JSON/);
    await expect(readRun(save("old", '{"formatVersion": 0, "config": {}, "results": null}'))).rejects.toThrow(
      /old\/run\.json: not a run record of format 1: formatVersion: /,
    );
  });
});
