/**
 * @file From run folders to the tables of README.md and docs/results.md, so that no number there is typed.
 *
 *     npm run results -- collect runs        # runs/small-table6/… → experiments/results/small-table6.csv, and so on
 *     npm run results -- collect runs /mnt/runs --only "small-*"
 *     npm run results -- collect runs --keep # rows of runs that are not here, trained on another machine, stay
 *     npm run results -- draw                # experiments/results/*.csv → the marked tables
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { globMatcher } from "../src/compare/glob.ts";
import { ReweightError } from "../src/errors.ts";
import { FOLDER, PAGES, readTables } from "./catalogue.ts";
import type { Collected } from "./collect.ts";
import { collect, MISSING } from "./collect.ts";
import { drawPage } from "./pages.ts";
import type { Row } from "./row.ts";
import { rowsFromCsv, rowsToCsv } from "./row.ts";

const USAGE = `usage: npm run results -- collect RUNS_ROOT… [--only PATTERN] [--keep]
       npm run results -- draw`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string" }, keep: { type: "boolean" } },
});
const [verb, ...roots] = positionals;
if (verb === "collect" && roots.length > 0) collectAll(roots, values.only ?? "*", values.keep ?? false);
else if (verb === "draw" && roots.length === 0) drawAll();
else {
  console.error(USAGE);
  process.exitCode = 2;
}

/** Experiments without a finished run keep the file that they have; one that cannot be read does not stop the others. */
function collectAll(folders: readonly string[], only: string, keep: boolean): void {
  const files = readdirSync("experiments", { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".yaml"),
  );
  for (const file of files.sort()) {
    try {
      const found = collect(join("experiments", file), folders, keep ? rowsThere : undefined);
      if (!globMatcher(only)(found.experiment)) continue;
      if (found.rows.length > 0) writeFileSync(fileOf(found.experiment), rowsToCsv(found.rows));
      console.error(reportOf(found));
    } catch (error) {
      if (!(error instanceof ReweightError)) throw error;
      console.error(error.message);
      process.exitCode = 1;
    }
  }
}

function fileOf(experiment: string): string {
  return join(FOLDER, `${experiment}.csv`);
}

function rowsThere(experiment: string): Row[] {
  const file = fileOf(experiment);
  return existsSync(file) ? rowsFromCsv(readFileSync(file, "utf8"), file) : [];
}

function reportOf({ experiment, rows, left }: Collected): string {
  const missing = left.filter(({ why }) => why === MISSING);
  const odd = left.filter(({ why }) => why !== MISSING);
  const counts = [
    `${rows.length} of ${rows.length + left.length} runs`,
    `${missing.length} missing`,
    `${odd.length} left out`,
  ];
  const names =
    rows.length > 0 && missing.length > 0 ? [`  missing: ${missing.map(({ name }) => name).join(", ")}`] : [];
  return [`${experiment}: ${counts.join(", ")}`, ...names, ...odd.map(({ name, why }) => `  ${name}: ${why}`)].join(
    "\n",
  );
}

function drawAll(): void {
  const tables = readTables(".");
  for (const page of PAGES) {
    const before = readFileSync(page, "utf8");
    const after = drawPage(before, page, tables);
    if (after !== before) writeFileSync(page, after);
    console.error(`${page}: ${after === before ? "as it was" : "drawn anew"}`);
  }
}
