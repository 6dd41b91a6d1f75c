/** @file A finished run as a row of experiments/results/*.csv. */

import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";

// An empty text is not 0.
const number = z.string().regex(/\S/, "expected a number, got nothing").transform(Number);
const share = number.pipe(z.number().min(0).max(1));
const seconds = number.pipe(z.number().min(0));
const whole = number.pipe(z.int());
const known = <T extends z.ZodType>(value: T) => z.union([z.literal("").transform(() => null), value]);

/** Columns in the order of the file, where their names have underscores. */
const rowSchema = z.strictObject({
  /** Name of the sweep file, with `small-` before a small one */
  experiment: z.string().min(1),
  /** The run's name in the sweep file, the same for all seeds and all settings of the grid */
  label: z.string().min(1),
  data: z.string(),
  student: z.string(),
  noise: z.string(),
  method: z.string(),
  seed: whole,
  steps: whole,
  testErrorLast: share,
  testErrorBestValidation: share,
  validErrorLast: known(share),
  validErrorBest: known(share),
  /** Of the weights against the noise; null without noise, and where all weights are the same */
  auroc: known(share),
  /** Share of the weight, in the mean over the run, on wrong labels; without weights, their share of the examples; null without noise */
  weightOnWrong: known(share),
  secondsPerStep: known(seconds),
  secondsPerTeacherUpdate: known(seconds),
  wallSeconds: seconds,
  engine: z.string(),
  engineVersion: z.string(),
  precision: z.string(),
  threads: whole,
  cpu: z.string(),
});

export type Row = z.output<typeof rowSchema>;

const KEYS = Object.keys(rowSchema.shape) as (keyof Row)[];
const columnName = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Six digits say more than a measurement holds. */
const plain = (value: Row[keyof Row]): string | number =>
  value === null ? "" : typeof value === "number" ? Number(value.toPrecision(6)) : value;

export function rowsToCsv(rows: readonly Row[]): string {
  return stringify([KEYS.map(columnName), ...rows.map((row) => KEYS.map((key) => plain(row[key])))]);
}

/** @throws Error that names the file and the line of what is not such a row */
export function rowsFromCsv(text: string, file: string): Row[] {
  return recordsOf(text).map((record, i) => {
    const values = KEYS.map((key) => [key, record[columnName(key)]]);
    const parsed = rowSchema.safeParse(Object.fromEntries(values));
    if (parsed.success) return parsed.data;
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`${file}: line ${i + 2}: ${path.join(".")}: ${message}. Collect it again`);
  });
}

/** The lines of a CSV file by the names in its head. */
export const recordsOf = (text: string): Record<string, string>[] =>
  parse<Record<string, string>>(text, { columns: true });
