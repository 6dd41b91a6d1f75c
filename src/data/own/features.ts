/**
 * @file Columns of a table as numbers for a network. What is done to them is learned from the training rows, is plain
 * data, and can be done again to other rows.
 */

import { DataError } from "../../errors.ts";
import { shortened } from "../../printable.ts";
import type { TableColumn } from "../tables/column.ts";
import { textAt } from "../tables/column.ts";
import type { Content } from "./source-rows.ts";

/** How one column becomes numbers. */
export type ColumnEncoding =
  | {
      readonly kind: "number";
      readonly name: string;
      readonly mean: number;
      /** 1 where all training rows have the same number */
      readonly deviation: number;
      /** whether a second number says that a cell is empty: where one of the training rows has none */
      readonly marksMissing: boolean;
    }
  | {
      readonly kind: "category";
      readonly name: string;
      /** the values of the training rows, by code point; any other value is all zeros */
      readonly values: readonly string[];
    };

/** Features of all rows: `[N, width]` float32. */
export interface Features {
  readonly width: number;
  readonly values: Float32Array;
  /** `[width]` */
  readonly names: readonly string[];
}

/** Most values of a category. */
const MOST_VALUES = 100;

/** Content that features can be made of. */
export type FeatureContent = Extract<Content, { kind: "columns" | "vectors" }>;

const columnsOf = (content: FeatureContent): ReadonlyMap<string, TableColumn> => {
  if (content.kind === "columns") return content.columns;
  const { width, values } = content;
  const count = values.length / width;
  return new Map(
    Array.from({ length: width }, (_, c) => [
      `x${c}`,
      { kind: "numbers", values: Float64Array.from({ length: count }, (_, row) => values[row * width + c]!) },
    ]),
  );
};

/**
 * Learns from the training rows how columns become numbers: mean and deviation of numbers, values of categories.
 * @throws DataError for a column without a number, and for a category of more than 100 values
 */
export function fitFeatures(where: string, content: FeatureContent, rows: Int32Array): ColumnEncoding[] {
  return Array.from(columnsOf(content), ([name, column]) => {
    if (column.kind === "texts") {
      const values = [...new Set(Array.from(rows, (row) => textAt(column, row).trim()))].filter(
        (value) => value !== "",
      );
      if (values.length > MOST_VALUES) {
        throw new DataError(
          `${where}: column ${shortened(name)} has ${values.length} different texts in the training rows. Up to ${MOST_VALUES} ` +
            `become features; leave it out, or turn it into numbers`,
        );
      }
      return { kind: "category", name, values: values.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))) };
    }
    const known = Float64Array.from(rows, (row) => column.values[row]!).filter((value) => !Number.isNaN(value));
    if (known.length === 0)
      throw new DataError(`${where}: column ${shortened(name)} has no number in the training rows. Leave it out`);
    const mean = known.reduce((sum, value) => sum + value / known.length, 0);
    const variance = known.reduce((sum, value) => sum + (value - mean) ** 2 / known.length, 0);
    return {
      kind: "number",
      name,
      mean,
      deviation: variance > 0 ? Math.sqrt(variance) : 1,
      marksMissing: known.length < rows.length,
    };
  });
}

/** Makes numbers of the given rows. Empty numbers become the mean; columns that are not encoded are left out. */
export function encodeFeatures(
  content: FeatureContent,
  encodings: readonly ColumnEncoding[],
  rows: Int32Array,
): Features {
  const columns = columnsOf(content);
  const names = encodings.flatMap((encoding) => {
    if (encoding.kind === "category") return encoding.values.map((value) => `${encoding.name}=${value}`);
    return encoding.marksMissing ? [encoding.name, `${encoding.name} is missing`] : [encoding.name];
  });
  const width = names.length;
  const values = new Float32Array(rows.length * width);
  let at = 0;
  for (const encoding of encodings) {
    const column = columns.get(encoding.name);
    for (const [n, row] of rows.entries()) {
      const place = n * width + at;
      if (encoding.kind === "category") {
        const found = column?.kind === "texts" ? encoding.values.indexOf(textAt(column, row).trim()) : -1;
        if (found >= 0) values[place + found] = 1;
      } else {
        const value = column?.kind === "numbers" ? column.values[row]! : NaN;
        if (!Number.isNaN(value)) values[place] = (value - encoding.mean) / encoding.deviation;
        else if (encoding.marksMissing) values[place + 1] = 1;
      }
    }
    at += encoding.kind === "category" ? encoding.values.length : 1 + Number(encoding.marksMissing);
  }
  return { width, values, names };
}
