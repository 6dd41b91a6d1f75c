/** @file Images in a column of Parquet: bytes, or a struct of bytes and path as Hugging Face's datasets writes them. */

import { DataError } from "../../errors.ts";
import { shortened } from "../../printable.ts";
import type { ParquetSource } from "../tables/parquet.ts";
import type { Content, RawImage } from "./source-rows.ts";

/**
 * Images that lie in the file itself.
 * @returns undefined for a column of text, whose values are paths
 */
export async function parquetImages(source: ParquetSource | undefined, column: string): Promise<Content | undefined> {
  if (source === undefined) return undefined;
  const isGroup = source.members(column).length > 0;
  if (isGroup && !source.members(column).includes("bytes")) {
    throw new DataError(
      `${source.where}: column ${shortened(column)} is a group of ${source.members(column).join(", ")}; ` +
        `expected an image as bytes, as {bytes, path}, or as a path`,
    );
  }
  if (!isGroup && !(await holdsBytes(source, column))) return undefined;
  return { kind: "packed", files: source.files, images: () => imagesIn(source, column) };
}

/** Whether the first value that is there is no text. */
async function holdsBytes(source: ParquetSource, column: string): Promise<boolean> {
  for await (const { values } of source.values(column)) {
    for (const value of values as ArrayLike<unknown> as unknown[]) {
      if (value !== null && value !== undefined) return value instanceof Uint8Array;
    }
  }
  return false;
}

async function* imagesIn(source: ParquetSource, column: string): AsyncGenerator<RawImage> {
  for await (const { row, values } of source.values(column)) {
    for (let i = 0; i < values.length; i++) {
      const bytes: unknown = values[i];
      const name = `${source.where}, row ${row + i}`;
      yield { row: row + i, name, bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array(0) };
    }
  }
}
