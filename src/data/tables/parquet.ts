/** @file Parquet files as tables: one, or the shards of a folder in the order of their names. */

import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { DecodedArray } from "hyparquet";
import { DataError } from "../../errors.ts";
import { firstOf, shortened } from "../../printable.ts";
import { kindOf } from "../formats/read-file.ts";
import type { TableColumn } from "./column.ts";
import { NumberBuilder, TextBuilder } from "./column.ts";
import type { ParquetFile } from "./parquet-file.ts";
import { openParquetFile } from "./parquet-file.ts";
import { parquetText } from "./parquet-values.ts";
import type { Table, TableSource, Wanted } from "./table.ts";
import { refuseMixed } from "./table.ts";

export interface ParquetSource extends TableSource {
  /** the shards */
  readonly files: readonly string[];
  /** Members of a column that is a group; none for a plain one. */
  members(column: string): readonly string[];
  /** Values of a column as they are, a row group at a time; `row` counts from 0 over all shards. */
  values(column: string): AsyncGenerator<{ readonly row: number; readonly values: DecodedArray }>;
}

/**
 * Opens a Parquet file, or all of a folder.
 * @param splitOf the split that the name of a shard tells; where all shards tell one and no column does, they are the
 * column `split`
 * @throws DataError for what is none, for a folder without one, and for shards whose columns differ
 */
export async function openParquet(
  path: string,
  splitOf: (name: string) => string | undefined = () => undefined,
): Promise<ParquetSource> {
  const files = await Promise.all((await shardsOf(path)).map(openParquetFile));
  const first = files[0]!;
  const header = first.fields.map(({ name }) => name);
  for (const file of files) {
    const other = file.fields.map(({ name }) => name);
    if (other.join("\0") === header.join("\0")) continue;
    throw new DataError(
      `${file.path}: expected the columns of ${basename(first.path)} (${firstOf(header, 8)}), found ${firstOf(other, 8)}. ` +
        `Shards of one table have the same columns`,
    );
  }
  const splits = files.map((file) => splitOf(basename(file.path)));
  const tells = !splits.includes(undefined) && !header.some((name) => name.toLowerCase() === SPLIT);
  const bySplit = tells ? splitColumn(files, splits as string[]) : undefined;
  const source: ParquetSource = {
    where: path,
    header: bySplit ? [...header, SPLIT] : header,
    remarks: bySplit ? [`${path}: the names of its files tell the split`] : [],
    files: files.map((file) => file.path),
    members: (column) => first.fields.find(({ name }) => name === column)?.members ?? [],
    classNames: (column) => classNamesIn(first, column),
    read: (wanted) => readColumns(path, files, wanted, bySplit),
    values: (column) => valuesOf(files, column),
  };
  return source;
}

/** Name of the column that the names of shards are. */
const SPLIT = "split";

/** The split of each shard, once for each of its rows. */
function splitColumn(files: readonly ParquetFile[], splits: readonly string[]): TableColumn {
  const values = [...new Set(splits)];
  const codes = files.flatMap(({ groups }, shard) =>
    groups.map((rows) => new Int32Array(rows).fill(values.indexOf(splits[shard]!))),
  );
  const whole = new Int32Array(codes.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of codes) {
    whole.set(part, at);
    at += part.length;
  }
  return { kind: "texts", codes: whole, values };
}

async function shardsOf(path: string): Promise<string[]> {
  if ((await kindOf(path)) !== "folder") return [path];
  const names = (await readdir(path)).filter((name) => /\.parquet$/i.test(name) && !name.startsWith(".")).sort();
  if (names.length === 0) throw new DataError(`${path}: holds no .parquet files`);
  return names.map((name) => join(path, name));
}

async function* valuesOf(
  files: readonly ParquetFile[],
  column: string,
): AsyncGenerator<{ row: number; values: DecodedArray }> {
  let row = 0;
  for (const file of files) {
    for (const [group, rows] of file.groups.entries()) {
      yield { row, values: await file.column(column, group) };
      row += rows;
    }
  }
}

async function readColumns(
  path: string,
  files: readonly ParquetFile[],
  wanted: ReadonlyMap<string, Wanted>,
  bySplit: TableColumn | undefined,
): Promise<Table> {
  const starts: number[] = [];
  let count = 0;
  for (const { groups } of files) {
    starts.push(count);
    count += groups.reduce((a, b) => a + b, 0);
  }
  if (count === 0) throw new DataError(`${path}: has columns and no rows. Nothing can be read from it`);
  const place = (row: number): string => {
    const shard = starts.findLastIndex((start) => start <= row);
    return `${files[shard]!.path}, row ${row - starts[shard]!}`;
  };
  const columns = new Map<string, TableColumn>();
  for (const [name, as] of wanted) {
    if (bySplit && name === SPLIT) {
      columns.set(name, bySplit);
      continue;
    }
    columns.set(
      name,
      (as === "value" ? await readValues(files, name, place) : undefined) ?? (await readTexts(files, name, place)),
    );
  }
  return { count, columns, place };
}

async function readTexts(
  files: readonly ParquetFile[],
  name: string,
  place: (row: number) => string,
): Promise<TableColumn> {
  const builder = new TextBuilder();
  for await (const { row, values } of valuesOf(files, name)) {
    for (let i = 0; i < values.length; i++) {
      const value: unknown = values[i];
      builder.add(typeof value === "string" ? value : parquetText(value, name, () => place(row + i)));
    }
  }
  return builder.column();
}

/** @returns undefined for a column of text */
async function readValues(
  files: readonly ParquetFile[],
  name: string,
  place: (row: number) => string,
): Promise<TableColumn | undefined> {
  const builder = new NumberBuilder();
  for await (const { row, values } of valuesOf(files, name)) {
    for (let i = 0; i < values.length; i++) {
      const value: unknown = values[i];
      if (typeof value === "number" || typeof value === "bigint") {
        const number = Number(value);
        if (Math.abs(number) === Infinity)
          throw new DataError(`${place(row + i)}: column ${shortened(name)} is not finite`);
        builder.addNumber(number);
      } else if (value === null || value === undefined) builder.addNumber(NaN);
      else builder.add(parquetText(value, name, () => place(row + i)));
    }
  }
  refuseMixed(name, builder, place);
  return builder.odd === undefined ? builder.column() : undefined;
}

/** Names that Hugging Face's datasets writes for the integers of a column. */
function classNamesIn({ metadata }: ParquetFile, column: string): readonly string[] | undefined {
  const text = metadata.get("huggingface");
  if (text === undefined) return undefined;
  try {
    const known = JSON.parse(text) as { info?: { features?: Record<string, { names?: unknown }> } };
    const names = known.info?.features?.[column]?.names;
    return Array.isArray(names) && names.every((name) => typeof name === "string") ? names : undefined;
  } catch {
    return undefined;
  }
}
