/** @file What articles report, from experiments/results/published.csv, and its tables. */

import { z } from "zod";
import { markdownTable } from "../src/format.ts";
import { cellOf, columnsOf, noiseTitle } from "./cells.ts";
import type { Row } from "./row.ts";
import { recordsOf } from "./row.ts";
import { ERROR, textOf } from "./tables.ts";

const optional = z.string().transform((text) => (text === "" ? null : text));
const points = z.string().regex(/^\d+\.\d+$/);

const publishedSchema = z.strictObject({
  /** Where the number was read */
  source: z.string().min(1),
  /** Its number or place in the source */
  table: optional,
  data: z.string(),
  noise: z.string(),
  /** Empty where the source does not say */
  student: optional,
  /** What else the number depends on, in a few words */
  setting: optional,
  method: z.string().min(1),
  /** The label of ours that is the same method, if we have it */
  label: optional,
  /** Test error in per cent, as written or 100 − accuracy */
  error: points,
  /** Standard deviation in points */
  std: points.or(z.literal("").transform(() => null)),
  /** The source that the number was copied from, where its own source says so or shows the same digits */
  quoted_from: optional,
});

export type Published = z.output<typeof publishedSchema>;

/** @throws Error that names the line of what is not such a number */
export function publishedFromCsv(text: string, file: string): Published[] {
  return recordsOf(text).map((record, i) => {
    const parsed = publishedSchema.safeParse(record);
    if (parsed.success) return parsed.data;
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`${file}: line ${i + 2}: ${path.join(".")}: ${message}`);
  });
}

/** Kinds of noise, and the tables of what is published on each. */
export const KINDS = ["clean", "flip2", "uniform", "cifarn"] as const;
export type Kind = (typeof KINDS)[number];

const cleanFirst = (a: string, b: string): number =>
  Number(b === "none") - Number(a === "none") || a.localeCompare(b, "en");
const isOf = (kind: Kind, noise: string): boolean => noise.startsWith(`${kind}:`);

/**
 * Published errors on CIFAR-10 with ours beside: a row for each method of a source, two columns for each noise. What a source quotes from
 * another is left out. Errors without noise stand with those under noise where a source has both, and else in a table of their own.
 */
export function besidePublished(published: readonly Published[], rows: readonly Row[], kind: Kind): string {
  const byMethod = new Map<string, Published[]>();
  for (const one of published.filter(({ quoted_from, data }) => quoted_from === null && data === "cifar10")) {
    const key = [one.source, one.student, one.setting, one.method].join("\n");
    byMethod.set(key, [...(byMethod.get(key) ?? []), one]);
  }
  const shown = [...byMethod.values()]
    .filter((of) =>
      kind === "clean" ? of.every(({ noise }) => noise === "none") : of.some(({ noise }) => isOf(kind, noise)),
    )
    .map((of) => of.filter(({ noise }) => noise === "none" || isOf(kind, noise)));
  const noises = [...new Set(shown.flat().map(({ noise }) => noise))].sort(cleanFirst);
  const columns = noises.map((noise) => columnsOf(rows.filter((row) => row.noise === noise))[0]);
  const ours = (label: string | null, i: number): string => {
    const column = columns[i];
    return textOf(label !== null && column ? ERROR.of(cellOf(column, label), column) : null);
  };
  const body = shown.map((of) => {
    const { method, label, student, setting, source, table } = of[0]!;
    const cells = noises.flatMap((noise, i) => [errorText(of.find((one) => one.noise === noise)), ours(label, i)]);
    return [method, ...cells, student ?? "–", setting ?? "–", table === null ? source : `${source}, ${table}`];
  });
  const titles = noises.map(noiseTitle).flatMap((title) => [title, "here"]);
  return markdownTable(["method", ...titles, "student", "setting", "source"], body);
}

const errorText = (one: Published | undefined): string =>
  one === undefined ? "–" : one.std === null ? one.error : `${one.error} ± ${one.std}`;
