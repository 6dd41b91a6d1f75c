import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { collect } from "../../results/collect.ts";
import { rowsFromCsv, rowsToCsv } from "../../results/row.ts";
import { shareOnWrong } from "../../results/weights.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { trainSchema } from "../../src/train/config.ts";
import { row } from "./rows.ts";

const scratch = mkdtempSync(join(tmpdir(), "reweight-results-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const sweep = join(scratch, "t.yaml");
writeFileSync(
  sweep,
  "out: runs/t\nseeds: [1, 2]\nbase: { data: cifar10, epochs: 3 }\ngrid: { noise: [none, 'flip2:0.4'] }\nruns: [{ method: uniform }, { name: slow, method: deep, teacherLr: 1.0e-4 }]\n",
);

/** Writes what training leaves in a run's folder, as far as it is read. */
function save(root: string, name: string, config: TrainInput, results: object | null = {}): void {
  const folder = join(scratch, root, "t", name);
  mkdirSync(folder, { recursive: true });
  const done = {
    finished: true,
    steps: 9,
    testError: { last: 0.25, bestValidation: 0.2 },
    validError: { last: 0.3, best: 0.1 },
    weights: { auroc: null },
    secondsPerStep: 0.5,
    secondsPerTeacherUpdate: 2,
    wallSeconds: 12.3456789,
  };
  const record = {
    formatVersion: 1,
    config: trainSchema.parse({ data: "cifar10", epochs: 3, ...config }),
    engine: { name: "torch", version: "2.13", precision: "bf16", threads: 1 },
    machine: { cpu: "A processor" },
    results: results && { ...done, ...results },
  };
  writeFileSync(join(folder, "run.json"), JSON.stringify(record));
  writeFileSync(
    join(folder, "weights.csv"),
    "index,given_label,clean_label,last_weight,mean_weight\n7,1,1,9,2\n5,2,1,9,0.5\n6,0,0,9,1.5\n",
  );
}

save("a", "none-uniform-seed1", { method: "uniform", precision: "bf16", engine: "torch" });
save("a", "none-uniform-seed2", { method: "uniform", seed: 2 });
save("a", "none-slow-seed1", { method: "deep", teacherLr: 1e-4 }, { finished: false, steps: 4 });
save("a", "none-slow-seed2", { method: "deep", teacherLr: 0.5, seed: 2 });
save("a", "flip2-0.4-uniform-seed1", { method: "uniform", noise: "flip2:0.4" }, null);
save("b", "none-uniform-seed1", { method: "uniform" }, { testError: { last: 0.9, bestValidation: 0.9 } });
save("b", "none-slow-seed1", { method: "deep", teacherLr: 1e-4 });

describe("collecting", () => {
  test("finished runs are rows, seeds together; the first folder that has a run wins", () => {
    const { experiment, rows } = collect(sweep, [join(scratch, "a"), join(scratch, "b")]);
    expect(experiment).toBe("t");
    expect(rows.map(({ label, noise, seed, testErrorLast }) => [label, noise, seed, testErrorLast])).toEqual([
      ["uniform", "none", 1, 0.25],
      ["uniform", "none", 2, 0.25],
      ["slow", "none", 1, 0.25],
    ]);
    expect(rows[0]).toEqual({
      ...row("uniform", 1, 0.25, { experiment: "t", noise: "none", student: rows[0]!.student }),
      testErrorBestValidation: 0.2,
      validErrorLast: 0.3,
      validErrorBest: 0.1,
      weightOnWrong: 0.125, // 0.5 of 4
      steps: 9,
      secondsPerStep: 0.5,
      secondsPerTeacherUpdate: 2,
      wallSeconds: 12.3456789,
    });
  });

  test("what is missing, not finished or of other settings is left out, and said", () => {
    const { left } = collect(sweep, [join(scratch, "a")]);
    expect(left).toEqual([
      { name: "none-slow-seed1", why: "not finished, 4 steps" },
      { name: "none-slow-seed2", why: "other settings: teacherLr: 0.5 there, 0.0001 here" },
      { name: "flip2-0.4-uniform-seed1", why: "not finished, 0 steps" },
      { name: "flip2-0.4-uniform-seed2", why: "missing" },
      { name: "flip2-0.4-slow-seed1", why: "missing" },
      { name: "flip2-0.4-slow-seed2", why: "missing" },
    ]);
  });

  test("a run that is not here keeps the row that it had, and no other does", () => {
    const earlier = (label: string, seed: number, noise: string) =>
      row(label, seed, 0.75, {
        experiment: "t",
        noise,
        student: "resnet32",
        method: label === "slow" ? "deep" : label,
      });
    const before = [
      earlier("uniform", 1, "none"), // is here
      earlier("slow", 2, "none"), // is here with other settings
      earlier("slow", 1, "flip2:0.4"), // is not here
      earlier("gone", 1, "flip2:0.4"), // the sweep file does not have it any more
    ];
    const known = (experiment: string) => (experiment === "t" ? before : []);
    const { rows, left } = collect(sweep, [join(scratch, "a")], known);
    expect(rows.map(({ label, noise, seed, testErrorLast }) => [label, noise, seed, testErrorLast])).toEqual([
      ["uniform", "none", 1, 0.25],
      ["uniform", "none", 2, 0.25],
      ["slow", "flip2:0.4", 1, 0.75],
    ]);
    expect(left.map(({ name }) => name)).toEqual([
      "none-slow-seed1",
      "none-slow-seed2",
      "flip2-0.4-uniform-seed1",
      "flip2-0.4-uniform-seed2",
      "flip2-0.4-slow-seed2",
    ]);
  });
});

test("the share of the weight on wrong labels", () => {
  const example = (weight: number, wrong: boolean) => ({ weight, wrong });
  expect(shareOnWrong([example(3, false), example(1, true), example(0, true)])).toBe(0.25);
  expect(shareOnWrong([example(1, false)])).toBeNull();
  // As of a run that trains on trusted examples alone.
  expect(shareOnWrong([example(0, true), example(0, false)])).toBeNull();
});

describe("CSV", () => {
  const rows = [row("uniform", 1, 0.25), row("deep", 2, 0.125, { auroc: 0.75, cpu: 'An "odd", processor' })];

  test("keeps rows as they are, in six digits", () => {
    expect(rowsFromCsv(rowsToCsv(rows), "x.csv")).toEqual(rows);
    expect(rowsToCsv([row("deep", 1, 0.5, { wallSeconds: 12.3456789 })])).toContain(",12.3457,");
  });

  test("names the line of what is wrong", () => {
    const text = rowsToCsv(rows);
    expect(() => rowsFromCsv(text.replace("0.25", "1.25"), "x.csv")).toThrow(
      /^x\.csv: line 2: testErrorLast: .* Collect it again$/,
    );
    expect(() => rowsFromCsv(text.replace("0.125", ""), "x.csv")).toThrow(
      /^x\.csv: line 3: testErrorLast: .*expected a number/,
    );
  });
});
