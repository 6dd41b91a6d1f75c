/** Runs of version 0.1.0 are read by every verb; a teacher of one starts a new run. */

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runBuilt } from "../cli/built.ts";
import { OLD_RUNS, oldRun } from "./runs.ts";

const folder = mkdtempSync(join(tmpdir(), "golden-"));
for (const name of OLD_RUNS) cpSync(oldRun(name), join(folder, name), { recursive: true });
afterAll(() => rmSync(folder, { recursive: true }));

test("eval finds what 0.1.0 measured", async () => {
  const { code, out } = await runBuilt(folder, ["eval", "deep", "--json"]);
  expect(code).toBe(0);
  const events = readFileSync(join(folder, "deep", "metrics.jsonl"), "utf8")
    .trim()
    .split("\n");
  const measured = events
    .map((line) => JSON.parse(line) as { type: string; testError: number; testLoss: number })
    .find(({ type }) => type === "eval")!;
  const found = JSON.parse(out) as { testError: number; testLoss: number };
  expect(found.testError).toBe(measured.testError);
  expect(found.testLoss).toBeCloseTo(measured.testLoss, 12);
});

test("compare and analyze read it", async () => {
  const compared = await runBuilt(folder, ["compare", ...OLD_RUNS, "--json"]);
  expect(compared.code).toBe(0);
  const { groups } = JSON.parse(compared.out) as {
    groups: { method: string; testErrorLast: { mean: number } | null }[];
  };
  expect(groups.map(({ method }) => method)).toEqual([...OLD_RUNS]);
  expect(groups[0]!.testErrorLast!.mean).toBe(0.9);
  const analyzed = await runBuilt(folder, ["analyze", "transition", "--sample", "30"]);
  expect(analyzed.code).toBe(0);
  expect(existsSync(join(folder, "transition", "analysis"))).toBe(true);
});

test("its teacher starts a new run", async () => {
  const settings =
    "--student cnn --noise flip2:0.4 --valid 20 --valid-batch 10 --train-limit 30 --test-limit 20 --batch 6";
  const teacher = ["--method", "deep", "--teacher-from", "deep", "--freeze-teacher", "--engine", "onnx"];
  const started = await runBuilt(folder, [
    "train",
    ...settings.split(" "),
    ...teacher,
    "--max-steps",
    "1",
    "--out",
    "new",
  ]);
  expect(started.code).toBe(0);
  const record = JSON.parse(readFileSync(join(folder, "new", "run.json"), "utf8")) as { teacherFrom: { step: number } };
  expect(record.teacherFrom.step).toBe(5);
});
