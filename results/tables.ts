/** @file The tables that pages show, as Markdown. Pure. */

import { groupBy } from "../src/compare/groups.ts";
import { meanAndStd, signedMeanAndStd } from "../src/cli/show/compare-text.ts";
import { markdownTable } from "../src/format.ts";
import type { Summary } from "../src/statistics.ts";
import type { Cell, Column } from "./cells.ts";
import {
  aurocOf,
  cellOf,
  columnsOf,
  differenceOf,
  errorOf,
  labelsOf,
  onWrongOf,
  overStrongest,
  strongestIn,
  timeRatioOf,
} from "./cells.ts";
import type { Row } from "./row.ts";

/** Every experiment has three seeds; a cell with fewer or more says so. */
const SEEDS = 3;
export const NOTHING = "No finished runs yet.";

interface Measured {
  readonly text: string;
  /** By which cells are ranked */
  readonly rank: number;
  /** Seeds */
  readonly n: number;
}

/** What a table shows of its cells. */
export interface Measure {
  readonly better: "lower" | "higher" | "neither";
  /** The best of a column must be better than this to be marked. */
  readonly than?: number;
  of(cell: Cell, column: Column): Measured | null;
}

/** The mean over seeds, ranked by itself. */
const meanOf =
  (find: (cell: Cell, column: Column) => Summary | null, text: (found: Summary) => string): Measure["of"] =>
  (cell, column) => {
    const found = find(cell, column);
    return found && { text: text(found), rank: found.mean, n: found.n };
  };

/** Per cent. */
export const ERROR: Measure = { better: "lower", of: meanOf(errorOf, (found) => meanAndStd(found, 2, 100)) };

/** Points. */
export const DIFFERENCE: Measure = {
  better: "lower",
  than: 0,
  of: meanOf(differenceOf, (found) => signedMeanAndStd(found, 2, 100)),
};

/** Points, to the baseline that is best in the column. */
export const OVER_STRONGEST: Measure = {
  better: "lower",
  than: 0,
  of(cell, column) {
    const found = overStrongest(cell, column);
    if (found) return { text: signedMeanAndStd(found, 2, 100), rank: found.mean, n: found.n };
    const isIt = cell.some(({ label }) => label === strongestIn(column));
    return isIt ? { text: "strongest baseline", rank: 0, n: cell.length } : null;
  },
};

export const AUROC: Measure = { better: "higher", than: 0.5, of: meanOf(aurocOf, (found) => meanAndStd(found, 3)) };

/** Per cent. A small share is no aim in itself: weights that are all on one example have it too. */
export const ON_WRONG: Measure = { better: "neither", of: meanOf(onWrongOf, (found) => meanAndStd(found, 1, 100)) };

/** A multiple of the baseline's. */
export const TIME: Measure = {
  better: "neither",
  of(cell, column) {
    const found = timeRatioOf(cell, column);
    return found && { text: `${found.median.toFixed(2)} ×`, rank: found.median, n: found.n };
  },
};

/** One row a label and one column a condition; the best of each column is bold. */
export function byCondition(rows: readonly Row[], measure: Measure): string {
  if (rows.length === 0) return NOTHING;
  // The fullest column says the order: others may lack a label in the middle.
  const fullest = columnsOf(rows).sort((a, b) => labelsOf(b.rows).length - labelsOf(a.rows).length)[0]!;
  const labels = labelsOf([...fullest.rows, ...rows]);
  const columns = columnsOf(rows).map((column) => textsOf(column, labels, measure));
  const head = ["method", ...columnsOf(rows).map(({ title }) => title)];
  return markdownTable(
    head,
    labels.map((label, i) => [label, ...columns.map((texts) => texts[i]!)]),
  );
}

function textsOf(column: Column, labels: readonly string[], measure: Measure): string[] {
  const found = labels.map((label) => measure.of(cellOf(column, label), column));
  const ranks = [
    ...found.flatMap((one) => (one ? [one.rank] : [])),
    ...(measure.than === undefined ? [] : [measure.than]),
  ];
  const best = { lower: Math.min(...ranks), higher: Math.max(...ranks), neither: undefined }[measure.better];
  return found.map((one) => textOf(one, one?.rank === best));
}

/** A cell's text, with its number of seeds where that is not the usual. */
export function textOf(measured: Measured | null, marked = false): string {
  if (!measured) return "–";
  const text = marked ? `**${measured.text}**` : measured.text;
  return measured.n === SEEDS ? text : `${text} (n = ${measured.n})`;
}

/**
 * One row a label, under each condition, with everything that is known of it.
 * @param published the paper's errors by label, in per cent; where there are any they get a column of their own
 */
export function byLabel(rows: readonly Row[], published: ReadonlyMap<string, string> = new Map()): string {
  if (rows.length === 0) return NOTHING;
  const columns = columnsOf(rows);
  const measures = [ERROR, DIFFERENCE, AUROC];
  const body = columns.flatMap((column) => {
    const labels = labelsOf(column.rows);
    const texts = measures.map((measure) => textsOf(column, labels, measure));
    return labels.map((label, i) => [
      ...(columns.length > 1 ? [column.title] : []),
      label,
      ...texts.map((cells) => cells[i]!),
      ...(published.size > 0 ? [published.get(label) ?? "–"] : []),
    ]);
  });
  const head = ["name", "test error (%)", "vs uniform (points)", "AUROC"];
  return markdownTable(
    [...(columns.length > 1 ? ["trained on"] : []), ...head, ...(published.size > 0 ? ["the paper's (%)"] : [])],
    body,
  );
}

const hours = (rows: readonly Row[]): string =>
  (rows.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0) / 3600).toFixed(1);
const allOf = (values: readonly (string | number)[]): string => [...new Set(values)].join(", ");

/** What was trained: a row for each experiment. */
export function experiments(rows: readonly Row[]): string {
  if (rows.length === 0) return NOTHING;
  return markdownTable(
    ["experiment", "data", "student", "noise", "steps", "seeds", "runs", "hours"],
    groupBy(rows, ({ experiment }) => experiment).map((runs) => [
      runs[0]!.experiment,
      allOf(runs.map(({ data }) => data)),
      allOf(runs.map(({ student }) => student)),
      allOf(runs.map(({ noise }) => noise)),
      allOf(runs.map(({ steps }) => steps)),
      allOf(runs.map(({ seed }) => seed)),
      String(runs.length),
      hours(runs),
    ]),
  );
}

/** What computed it: a row for each kind of machine and engine. */
export function machines(rows: readonly Row[]): string {
  if (rows.length === 0) return NOTHING;
  const kinds = groupBy(rows, ({ cpu, engine, engineVersion, precision, threads }) =>
    [cpu, engine, engineVersion, precision, threads].join("\n"),
  );
  return markdownTable(
    ["processor", "engine", "precision", "threads", "runs", "hours"],
    kinds.map((runs) => {
      const { cpu, engine, engineVersion, precision, threads } = runs[0]!;
      return [cpu, `${engine} ${engineVersion}`, precision, String(threads), String(runs.length), hours(runs)];
    }),
  );
}
