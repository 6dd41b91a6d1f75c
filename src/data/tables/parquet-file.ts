/**
 * @file One Parquet file, a row group and a column at a time: hyparquet behind bounds, with messages that name column,
 * type and remedy.
 * @see https://parquet.apache.org/docs/file-format
 */

import type { FileHandle } from "node:fs/promises";
import type { AsyncBuffer, Compressors, DecodedArray, FileMetaData } from "hyparquet";
import { DataError, ReweightError } from "../../errors.ts";
import { shortened } from "../../printable.ts";
import { openDataFile } from "../formats/read-file.ts";

/** Bytes of the largest page when it is unpacked: writers make pages of 1 MB, images may be larger. */
const LARGEST_PAGE = 2 ** 28;
/** Bytes of a column in one row group, packed. */
const LARGEST_CHUNK = 2 ** 31;
const LARGEST_FOOTER = 2 ** 27;

/** A column of the top level. */
export interface ParquetField {
  readonly name: string;
  /** `INT32`, `BYTE_ARRAY (UTF8)`, `group of bytes, path`: for messages */
  readonly type: string;
  /** members of a group, none for plain columns */
  readonly members: readonly string[];
}

export interface ParquetFile {
  readonly path: string;
  readonly fields: readonly ParquetField[];
  /** rows of each row group */
  readonly groups: readonly number[];
  /** values of the file's metadata by key */
  readonly metadata: ReadonlyMap<string, string>;
  /** Values of a column in one row group: as many as it has rows. @throws DataError */
  column(name: string, group: number): Promise<DecodedArray>;
}

/** Opens a file, reads its footer, and closes it again: each read opens it. @throws DataError for what is no Parquet */
export async function openParquetFile(path: string): Promise<ParquetFile> {
  const { parquetMetadataAsync } = await import("hyparquet");
  const footer = await opened(path, async (file) => {
    const ends = new Uint8Array(await file.slice(Math.max(0, file.byteLength - 8)));
    const magic = Buffer.from(ends.subarray(4)).toString("latin1");
    if (magic === "PARE") throw new DataError(`${path}: is encrypted. Write it without encryption`);
    if (file.byteLength < 12 || magic !== "PAR1")
      throw new DataError(`${path}: not a Parquet file, or cut off: it must end with PAR1. Fetch or write it again`);
    if (new DataView(ends.buffer).getUint32(0, true) > LARGEST_FOOTER) throw new Error("its footer has no size");
    return parquetMetadataAsync(file);
  });
  const fields = fieldsOf(footer);
  const groups = footer.row_groups.map(({ num_rows }) => Number(num_rows));
  // Its rows are counted twice, so a count that was damaged is seen.
  if (
    groups.some((rows) => !(rows >= 0 && rows < 2 ** 31)) ||
    groups.reduce((a, b) => a + b, 0) !== Number(footer.num_rows)
  )
    throw damaged(path, "its counts of rows contradict each other");
  return {
    path,
    fields,
    groups,
    metadata: new Map(footer.key_value_metadata?.map(({ key, value }) => [key, value ?? ""])),
    column: (name, group) => readColumn(path, footer, groups, name, group),
  };
}

async function readColumn(
  path: string,
  metadata: FileMetaData,
  groups: readonly number[],
  name: string,
  group: number,
): Promise<DecodedArray> {
  const compressors = await boundedCompressors(path, metadata, name, group);
  const { parquetScan } = await import("hyparquet");
  const rowStart = groups.slice(0, group).reduce((a, b) => a + b, 0);
  const rowEnd = rowStart + groups[group]!;
  if (rowStart === rowEnd) return [];
  const data = await opened(path, async (file) => {
    const scan = await parquetScan({
      file,
      metadata,
      columns: [name],
      rowStart,
      rowEnd,
      compressors,
      utf8: false,
      geoparquet: false,
    });
    return scan.readColumn({ column: name, rowStart, rowEnd });
  });
  if (data.length !== groups[group])
    throw damaged(path, `column ${shortened(name)} has ${data.length} values for ${groups[group]} rows`);
  return data;
}

/** Unpacking that refuses more than a page holds. @throws DataError for a codec that nothing here unpacks */
async function boundedCompressors(
  path: string,
  { row_groups }: FileMetaData,
  name: string,
  group: number,
): Promise<Compressors> {
  const { compressors } = await import("hyparquet-compressors");
  for (const { meta_data } of row_groups[group]!.columns) {
    const codec = meta_data?.codec ?? "UNCOMPRESSED";
    if (meta_data?.path_in_schema[0] !== name || codec === "UNCOMPRESSED" || Object.hasOwn(compressors, codec))
      continue;
    throw new DataError(
      `${path}: column ${shortened(name)} is packed with ${codec}, which cannot be unpacked here. ` +
        `Write the file with Snappy, Zstandard or gzip`,
    );
  }
  return Object.fromEntries(
    Object.entries(compressors).map(([codec, unpack]) => [
      codec,
      (input: Uint8Array, length: number) => {
        if (!(length >= 0 && length <= LARGEST_PAGE)) throw new Error(`a page unpacks to ${length} bytes`);
        return unpack(input, length);
      },
    ]),
  );
}

function fieldsOf({ schema }: FileMetaData): ParquetField[] {
  const fields: ParquetField[] = [];
  // Depth first: an element stands before its members.
  const skip = (at: number): number => {
    let next = at + 1;
    for (let k = 0; k < (schema[at]?.num_children ?? 0) && next < schema.length; k++) next = skip(next);
    return next;
  };
  for (let at = 1; at < schema.length; at = skip(at)) {
    const { name, type, converted_type, logical_type, num_children = 0 } = schema[at]!;
    const members: string[] = [];
    for (let member = at + 1; members.length < num_children && member < schema.length; member = skip(member)) {
      members.push(schema[member]!.name);
    }
    const meaning = converted_type ?? logical_type?.type;
    const plain = meaning === undefined ? `${type}` : `${type} (${meaning})`;
    fields.push({ name, type: members.length > 0 ? `group of ${members.join(", ")}` : plain, members });
  }
  return fields;
}

const damaged = (path: string, why: string, cause?: unknown): DataError =>
  new DataError(`${path}: damaged Parquet file (${why}). Fetch or write it again`, { cause });

/** Opens the file for one use. Whatever the decoder throws about its bytes becomes a message about the file. */
async function opened<T>(path: string, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  const { handle, size } = await openDataFile(path);
  try {
    return await use({ byteLength: size, slice: (start, end = size) => slice(handle, start, end, size) });
  } catch (error) {
    if (error instanceof ReweightError) throw error;
    throw damaged(path, shortened((error as Error).message, 200), error);
  } finally {
    await handle.close();
  }
}

async function slice(handle: FileHandle, from: number, end: number, size: number): Promise<ArrayBuffer> {
  const start = from < 0 ? size + from : from;
  if (!(start >= 0 && start <= end && end <= size)) throw new Error("it points outside of itself");
  if (end - start > LARGEST_CHUNK) throw new Error(`a part of it has ${end - start} bytes`);
  const bytes = new Uint8Array(end - start);
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
    if (bytesRead === 0) throw new Error("it became shorter while it was read");
    at += bytesRead;
  }
  return bytes.buffer;
}
