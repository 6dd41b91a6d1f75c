/** @file Tables of what a user named: no cell of a CSV begins a formula, no name moves the cursor. */

import { expect, test } from "vitest";
import { comparisonCsv, comparisonMarkdown, comparisonTable } from "../../src/cli/show/compare-text.ts";
import type { Comparison } from "../../src/compare/groups.ts";
import { facts } from "../../src/format.ts";
import { oneLine, printable, shortened } from "../../src/printable.ts";
import { toCsv } from "../../src/report/tables.ts";

const group = (settings: Record<string, unknown>): Comparison["groups"][number] => ({
  method: "uniform",
  settings,
  seeds: [1],
  folders: ["a"],
  testErrorLast: { mean: -0.5, std: null, n: 1 },
  testErrorBestValidation: null,
  bleuLast: null,
  bleuBestValidation: null,
  difference: null,
  baseline: null,
  auroc: null,
  aurocLoss: null,
  secondsPerStep: null,
});
const comparison: Comparison = {
  groups: [group({ student: "=1+1", lr: -0.5 }), group({ student: "\x1b[2J@x\ny", lr: 0.5 })],
  varying: ["student", "lr"],
  baselines: [],
  warnings: [],
};

test("text that would be a formula has a quote before it, and numbers stay numbers", () => {
  const [, first, second] = comparisonCsv(comparison).split("\n");
  expect(first).toMatch(/^uniform,'=1\+1,-0\.5,1,1,-0\.5,/);
  expect(second).toMatch(/^uniform,\\x1b\[2J@x\\ny,0\.5,/);
  expect(
    toCsv([
      { class: "@SUM(A1)", x: -2 },
      { class: "+a", x: 3 },
      { class: "-b", x: 0.5 },
    ]),
  ).toBe("class,x\n'@SUM(A1),-2\n'+a,3\n'-b,0.5\n");
});

test("tables and facts print control characters as escapes, one row a line", () => {
  for (const text of [comparisonTable(comparison), comparisonMarkdown(comparison)]) {
    expect(text).toContain("\\x1b[2J@x\\ny");
    expect(text.split("\n")).toHaveLength(4);
  }
  expect(facts([["folder", "a\nb\u202ec"]])).toBe("folder  a\\nb\\u202ec");
});

test("messages are one line of bounded length with their end", () => {
  expect(printable("a\tä😀\u0085")).toBe("a\\tä😀\\x85");
  expect(oneLine("  a\n  b\r\n\tc ")).toBe("a b c");
  expect(oneLine(`${"x".repeat(5000)} Use --out`)).toMatch(/^x+ … x+ Use --out$/);
  expect(oneLine("x".repeat(5000)).length).toBeLessThan(1600);
  expect(shortened("abcdef", 4)).toBe("abc…");
});
