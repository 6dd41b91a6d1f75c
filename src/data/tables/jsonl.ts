/** @file JSONL (NDJSON): one object a line, its members the columns. */

import { DataError } from "../../errors.ts";
import { shortened, shown } from "../../printable.ts";
import { readLines } from "./lines.ts";
import type { TableSource } from "./table.ts";
import { readByWalking } from "./text-table.ts";

/** Most names of members in a file: names that are data would be a column each. */
const MOST_COLUMNS = 10_000;

type Row = Readonly<Record<string, unknown>>;

/**
 * Opens a file of one JSON object a line. Its columns are the members of all lines; one that a line lacks is empty there.
 * Values are text, numbers, booleans or null.
 *
 * @throws DataError with the line of what is no such object
 */
export async function openJsonl(path: string): Promise<TableSource> {
  const names = new Set<string>();
  await walkObjects(path, (object) => {
    for (const name of Object.keys(object)) names.add(name);
    if (names.size > MOST_COLUMNS) throw new DataError(`${path}: its lines have more than ${MOST_COLUMNS} members`);
  });
  if (names.size === 0) throw new DataError(`${path}: is empty. A table needs rows`);
  const walk = (columns: readonly string[], take: (cells: readonly string[], line: number) => void): Promise<void> =>
    walkObjects(path, (object, line) => {
      const place = `${path}, line ${line}`;
      take(
        columns.map((name) => jsonText(Object.hasOwn(object, name) ? object[name] : null, name, place)),
        line,
      );
    });
  return { where: path, header: [...names], remarks: [], read: (wanted) => readByWalking(path, walk, wanted) };
}

/**
 * The text of a JSON value; null is the empty text.
 * @throws DataError for lists, objects, and whole numbers beyond 2^53, which JSON's numbers do not hold exactly
 */
export function jsonText(value: unknown, column: string, place: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (Number.isFinite(value) && (Math.abs(value) <= Number.MAX_SAFE_INTEGER || !Number.isInteger(value)))
      return String(value);
    throw new DataError(`${place}: ${column} is a number too long to be read exactly. Write it as text, in quotes`);
  }
  throw new DataError(`${place}: expected ${column} to be text, a number, true, false or null, got ${shown(value)}`);
}

async function walkObjects(path: string, take: (object: Row, line: number) => void): Promise<void> {
  let line = 0;
  for await (const piece of readLines(path)) {
    // What follows the last line end is no line.
    const lines = (piece.endsWith("\n") ? piece.slice(0, -1) : piece).split("\n");
    for (const text of lines) {
      line++;
      if (text.trim() !== "") take(parseObject(text, `${path}, line ${line}`), line);
    }
  }
}

function parseObject(text: string, place: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError(
      `${place}: expected one JSON object a line, got ${shown(shortened(text, 60))} (${(error as Error).message})`,
      {
        cause: error,
      },
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Row;
  throw new DataError(`${place}: expected a JSON object, got ${shown(value)}`);
}
