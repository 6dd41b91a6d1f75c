/** @file Which tables there are: their names, as the markers of pages give them, and what goes into each. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withChosen } from "./cells.ts";
import type { Published } from "./published.ts";
import { besidePublished, KINDS, publishedFromCsv } from "./published.ts";
import type { Row } from "./row.ts";
import { rowsFromCsv } from "./row.ts";
import {
  AUROC,
  byCondition,
  byLabel,
  DIFFERENCE,
  ERROR,
  experiments,
  machines,
  ON_WRONG,
  OVER_STRONGEST,
  TIME,
} from "./tables.ts";

/** Pages with tables, from the root of the repository. */
export const PAGES: readonly string[] = ["README.md", "docs/results.md"];
export const FOLDER = "experiments/results";
const PUBLISHED = "published.csv";

/** All methods under all noise: the experiments whose conditions are its columns, in their order. */
const NOISE = ["table1", "table6", "table5", "cifar10n"];
/** Of these, the condition whose runs had the machine to themselves, two at a time: times of the others were disturbed by other work. */
const TIMED = { experiment: "table5", noise: "uniform:0.6" };
/** One question each, and the table of the paper that answers it too. */
const ABLATIONS: Readonly<Record<string, string | null>> = {
  table2: "Table 2",
  table3: "Table 3",
  table4: "Table 4",
  deeper: "deeper interactions",
  "noise-teachers": null,
};

/** Other numbers of trusted and of untrusted examples. */
const TRUSTED = ["trusted-100", "trusted-45000", "trusted-100-45000"];

/** Small experiments, and those of full size. */
const SIZES = { small: "small-", full: "" };

/** The paper searches γ; so does this row. */
export const FOCAL = { method: "focal", label: "focal (γ by validation)" };

/** @param root of the repository */
export function readTables(root: string): Map<string, string> {
  const folder = join(root, FOLDER);
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  const files = readdirSync(folder).filter((file) => file.endsWith(".csv") && file !== PUBLISHED);
  const rows = new Map(files.map((file) => [file.replace(/\.csv$/, ""), rowsFromCsv(read(file), file)]));
  return tablesOf(rows, publishedFromCsv(read(PUBLISHED), PUBLISHED));
}

/**
 * Tables by name: each experiment's under its own, and those of several experiments under `small-…`, `full-…` and `published-…`.
 * @param rows of each experiment, by its name
 */
export function tablesOf(
  rows: ReadonlyMap<string, readonly Row[]>,
  published: readonly Published[],
): Map<string, string> {
  const tables = new Map<string, string>();
  for (const [size, prefix] of Object.entries(SIZES)) {
    const noise = noiseRows(rows, prefix);
    tables.set(`${size}-noise`, byCondition(noise, ERROR));
    tables.set(`${size}-noise-difference`, byCondition(noise, DIFFERENCE));
    tables.set(`${size}-noise-strongest`, byCondition(noise, OVER_STRONGEST));
    tables.set(`${size}-noise-auroc`, byCondition(noise, AUROC));
    tables.set(`${size}-noise-on-wrong`, byCondition(noise, ON_WRONG));
    tables.set(`${size}-noise-time`, byCondition(timedRows(noise, prefix), TIME));
    for (const name of TRUSTED) {
      const own = rows.get(`${prefix}${name}`) ?? [];
      tables.set(`${size}-${name}-error`, byCondition(own, ERROR));
      tables.set(`${size}-${name}-strongest`, byCondition(own, OVER_STRONGEST));
      tables.set(`${size}-${name}-auroc`, byCondition(own, AUROC));
    }
    const all = [...rows].filter(([name]) => name.startsWith("small-") === (size === "small"));
    tables.set(`${size}-experiments`, experiments(all.flatMap(([, of]) => of)));
    tables.set(`${size}-machines`, machines(all.flatMap(([, of]) => of)));
    const known = [...NOISE, ...Object.keys(ABLATIONS)].map((name) => `${prefix}${name}`);
    for (const name of new Set([...known, ...all.map(([own]) => own)])) {
      const table = ABLATIONS[name.slice(prefix.length)] ?? null;
      tables.set(name, byLabel(rows.get(name) ?? [], errorsOf(published, table)));
    }
  }
  const others = published.filter(({ table }) => table === null || !Object.values(ABLATIONS).includes(table));
  for (const kind of KINDS)
    tables.set(`published-${kind}`, besidePublished(others, noiseRows(rows, SIZES.small), kind));
  return tables;
}

const noiseRows = (rows: ReadonlyMap<string, readonly Row[]>, prefix: string): Row[] =>
  withChosen(
    NOISE.flatMap((name) => rows.get(`${prefix}${name}`) ?? []),
    FOCAL.method,
    FOCAL.label,
  );

/** Rows whose times can be told: trained on a processor that trained the baseline too. */
function timedRows(rows: readonly Row[], prefix: string): Row[] {
  const timed = rows.filter((row) => row.experiment === prefix + TIMED.experiment && row.noise === TIMED.noise);
  const processors = new Set(timed.filter(({ method }) => method === "uniform").map(({ cpu }) => cpu));
  return timed.filter(({ cpu }) => processors.has(cpu));
}

/** Errors of a table of the paper, by label. */
function errorsOf(published: readonly Published[], table: string | null): Map<string, string> {
  const of = table === null ? [] : published.filter((one) => one.table === table);
  return new Map(of.flatMap(({ label, error }) => (label === null ? [] : [[label, error] as const])));
}
