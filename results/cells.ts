/** @file The numbers of the tables: what the seeds of one label under one condition come to, alone and against the baseline. Pure. */

import { BASELINES, strongestOf } from "../src/compare/baseline.ts";
import { groupBy } from "../src/compare/groups.ts";
import type { Summary } from "../src/statistics.ts";
import { pairedDifference, summarize } from "../src/statistics.ts";
import { median } from "../src/statistics.ts";
import type { Row } from "./row.ts";

/** What methods are compared under: the rows of a column were trained on the same examples and labels, seed by seed. */
export interface Column {
  readonly title: string;
  /** All its rows; never empty */
  readonly rows: readonly Row[];
}

/** Rows of one label in one column, a seed each. */
export type Cell = readonly Row[];

/** Columns in order of appearance. Titles name the noise, and data and student where they differ. */
export function columnsOf(rows: readonly Row[]): Column[] {
  const several = (["data", "student"] as const).filter((key) => new Set(rows.map((row) => row[key])).size > 1);
  return groupBy(rows, ({ experiment, data, student, noise }) => [experiment, data, student, noise].join()).map(
    (members) => ({
      title: [...several.map((key) => members[0]![key]), noiseTitle(members[0]!.noise)].join(" "),
      rows: members,
    }),
  );
}

export const noiseTitle = (noise: string): string =>
  noise === "none" ? "clean" : noise.replace(/^cifarn:/, "CIFAR-10N ");

/** Labels in order of appearance. */
export const labelsOf = (rows: readonly Row[]): string[] => [...new Set(rows.map(({ label }) => label))];

export const cellOf = ({ rows }: Column, label: string): Cell => rows.filter((row) => row.label === label);

const baselineOf = ({ rows }: Column): Cell => rows.filter(({ method }) => method === "uniform");

/** Test error after the last epoch, as a share. */
export const errorOf = (cell: Cell): Summary | null => summarize(cell.map(({ testErrorLast }) => testErrorLast));

/** AUROC of the weights against the noise. */
export const aurocOf = (cell: Cell): Summary | null => summarize(cell.map(({ auroc }) => auroc));

/** Share of the weight on wrong labels. */
export const onWrongOf = (cell: Cell): Summary | null => summarize(cell.map(({ weightOnWrong }) => weightOnWrong));

const errors = (cell: Cell) => cell.map(({ seed, testErrorLast }) => [seed, testErrorLast] as const);

/** The label of the strongest baseline; undefined where none is there. */
export function strongestIn(column: Column): string | undefined {
  const baselines = column.rows.filter(({ method }) => BASELINES.includes(method));
  return strongestOf(labelsOf(baselines), (label) => errorOf(cellOf(column, label)));
}

const minus = (cell: Cell, baseline: Cell): Summary | null =>
  cell.some((row) => baseline.includes(row)) ? null : pairedDifference(errors(cell), errors(baseline));

/** Error minus that of `uniform`, seed by seed; null for `uniform` itself. */
export const differenceOf = (cell: Cell, column: Column): Summary | null => minus(cell, baselineOf(column));

/** Error minus that of the strongest baseline, seed by seed; null for the baseline itself. */
export function overStrongest(cell: Cell, column: Column): Summary | null {
  const label = strongestIn(column);
  return label === undefined ? null : minus(cell, cellOf(column, label));
}

/** Wall time over the baseline's of the same seed on the same kind of processor, the median over seeds; null without pairs. */
export function timeRatioOf(cell: Cell, column: Column): { readonly n: number; readonly median: number } | null {
  const ratios = cell.flatMap(({ seed, cpu, wallSeconds }) => {
    const twin = baselineOf(column).find((row) => row.seed === seed && row.cpu === cpu);
    return twin === undefined || twin.wallSeconds === 0 ? [] : [wallSeconds / twin.wallSeconds];
  });
  const middle = median(ratios);
  return middle === null ? null : { n: ratios.length, median: middle };
}

/**
 * The rows, and among them those of a method whose setting is chosen by validation: under each condition and seed, the run of the lowest last
 * validation error (the first of equals), in the time of all. A seed counts when every label of the method is there.
 * @param label what the chosen rows are called; they come after the method's others
 */
export function withChosen(rows: readonly Row[], method: string, label: string): Row[] {
  return columnsOf(rows).flatMap((column) => {
    const candidates = column.rows.filter((row) => row.method === method);
    const count = labelsOf(candidates).length;
    const seeds = groupBy(candidates, ({ seed }) => String(seed)).filter(({ length }) => count > 1 && length === count);
    const chosen = seeds.map((runs) => ({
      ...runs.reduce((best, row) => ((row.validErrorLast ?? 1) < (best.validErrorLast ?? 1) ? row : best)),
      label,
      wallSeconds: runs.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0),
    }));
    const end = column.rows.findLastIndex((row) => row.method === method) + 1;
    return [...column.rows.slice(0, end), ...chosen, ...column.rows.slice(end)];
  });
}
