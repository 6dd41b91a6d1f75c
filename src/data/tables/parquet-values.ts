/** @file Single values of Parquet columns as text and as bytes. */

import { DataError } from "../../errors.ts";
import { shortened } from "../../printable.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The text of a value: numbers in decimal, dates in ISO 8601, nothing as the empty text.
 * @param place where it stands, for messages
 * @throws DataError for lists, groups and bytes that are no UTF-8
 */
export function parquetText(value: unknown, column: string, place: () => string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return Number.isNaN(value) ? "" : String(value);
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value === null || value === undefined) return "";
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (value instanceof Uint8Array) {
    try {
      return decoder.decode(value);
    } catch {
      throw new DataError(`${place()}: expected column ${shortened(column)} to be text, found bytes that are no UTF-8`);
    }
  }
  const kind = Array.isArray(value) ? "a list" : "a group or a type that has no text";
  throw new DataError(
    `${place()}: expected column ${shortened(column)} to be text, a number or a date, found ${kind}. ` +
      `Write it as a column of its own, or name another with --columns`,
  );
}
