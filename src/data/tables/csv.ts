/** @file CSV and TSV files as tables. */

import { DataError } from "../../errors.ts";
import { firstOf, shortened } from "../../printable.ts";
import type { TakeRow } from "./delimited.ts";
import { DelimitedReader } from "./delimited.ts";
import { readLines } from "./lines.ts";
import type { TableSource } from "./table.ts";
import { readByWalking } from "./text-table.ts";

/** Ends a walk once the header is known. */
class Enough extends Error {}

/**
 * Opens a file of comma-separated values, or of tab-separated ones by its name. The first row is the header. A `.csv`
 * whose header has semicolons or tabs and no comma is read with those.
 *
 * @throws DataError for what is no text, an empty file, and a header that names a column twice
 */
export async function openCsv(path: string): Promise<TableSource> {
  const isTsv = /\.tsv$/i.test(path);
  const delimiter = isTsv ? "\t" : await delimiterOf(path, [",", ";", "\t"]);
  const header = await readHeader(path, delimiter);
  const walk = async (columns: readonly string[], take: TakeRow): Promise<void> => {
    const places = columns.map((name) => header.indexOf(name));
    const cells = new Array<string>(places.length);
    await walkRows(path, delimiter, (fields, line, isFirst) => {
      if (isFirst) return;
      if (fields.length !== header.length) throw ragged(path, line, header, fields);
      for (let i = 0; i < places.length; i++) cells[i] = fields[places[i]!]!;
      take(cells, line);
    });
  };
  const remarks =
    isTsv || delimiter === "," ? [] : [`${path}: ${delimiter === ";" ? "semicolons" : "tabs"} part its columns`];
  return { where: path, header, remarks, read: (wanted) => readByWalking(path, walk, wanted) };
}

/** The delimiter that the first line has: the first of these, outside of quotes. */
async function delimiterOf(path: string, delimiters: readonly string[]): Promise<string> {
  for await (const piece of readLines(path)) {
    const line = piece
      .trimStart()
      .split("\n", 1)[0]!
      .replace(/"[^"]*"/g, "");
    return delimiters.find((delimiter) => line.includes(delimiter)) ?? delimiters[0]!;
  }
  return delimiters[0]!;
}

async function readHeader(path: string, delimiter: string): Promise<string[]> {
  const header: string[] = [];
  try {
    await walkRows(path, delimiter, (fields) => {
      header.push(...fields.map((name) => name.trim()));
      throw new Enough();
    });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  if (header.length === 0) throw new DataError(`${path}: is empty. A table needs a header and rows`);
  const twice = header.find((name, i) => name !== "" && header.indexOf(name) < i);
  if (twice !== undefined)
    throw new DataError(`${path}: two columns are called ${shortened(twice)}. Rename one of them`);
  return header;
}

async function walkRows(
  path: string,
  delimiter: string,
  take: (fields: readonly string[], line: number, isFirst: boolean) => void,
): Promise<void> {
  let isFirst = true;
  const reader = new DelimitedReader(path, delimiter, (fields, line) => {
    const first = isFirst;
    isFirst = false;
    take(fields, line, first);
  });
  for await (const piece of readLines(path)) reader.add(piece);
  reader.end();
}

const ragged = (path: string, line: number, header: readonly string[], fields: readonly string[]): DataError =>
  new DataError(
    `${path}, line ${line}: expected ${header.length} columns (${firstOf(
      header.map((name) => shortened(name, 40)),
      6,
    )}), ` + `found ${fields.length}. Put fields that hold the delimiter in quotes`,
  );
