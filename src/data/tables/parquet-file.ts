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
import { withinTime } from "../formats/within-time.ts";

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
  /** Values of a column in one row group, of a group its member `bytes`: as many as it has rows. @throws DataError */
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
  const names = fields.map(({ name }) => name);
  if (names.some((name: unknown) => typeof name !== "string") || new Set(names).size < names.length)
    throw damaged(path, "its columns have no names, or one twice");
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

/** Milliseconds that a column of a row group may take: a hundred times what it does take. */
const timeFor = (rows: number, bytes: number): number => Math.ceil(1000 + 0.05 * rows + bytes / 10_000);

/** Reads the leaf that holds a column's values: the column itself, or `bytes` of a group. */
async function readColumn(
  path: string,
  metadata: FileMetaData,
  groups: readonly number[],
  name: string,
  group: number,
): Promise<DecodedArray> {
  const rows = groups[group]!;
  if (rows === 0) return [];
  const compressors = await boundedCompressors(path, metadata, name, group);
  const [{ readColumn: decode }, { getTreePath }, { parquetSchema }, { DEFAULT_PARSERS }] = await Promise.all([
    import("hyparquet/src/column.js"),
    import("hyparquet/src/schema.js"),
    import("hyparquet"),
    import("hyparquet/src/convert.js"),
  ]);
  let isGroup = false;
  const data = await opened(path, async (file) => {
    const chunk = metadata.row_groups[group]!.columns.find(({ meta_data }) =>
      isLeafOf(name, meta_data?.path_in_schema),
    )?.meta_data;
    if (chunk === undefined) {
      throw new DataError(
        `${path}: column ${shortened(name)} is a group or a list. Write its parts as columns of their own, or as .npz`,
      );
    }
    // Some writers put 0 where there is no dictionary.
    const from = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
    const bytes = await file.slice(from, from + Number(chunk.total_compressed_size));
    const schemaPath = getTreePath(parquetSchema(metadata), chunk.path_in_schema);
    if (schemaPath.some(({ element }) => element.repetition_type === "REPEATED")) {
      throw new DataError(
        `${path}: column ${shortened(name)} is a list. Write its parts as columns of their own, or as .npz`,
      );
    }
    isGroup = schemaPath.length > 2;
    const element = schemaPath.at(-1)!.element;
    const decoder = {
      ...chunk,
      pathInSchema: chunk.path_in_schema,
      element,
      schemaPath,
      utf8: false,
      parsers: DEFAULT_PARSERS,
      compressors,
    };
    const select = { groupStart: 0, selectStart: 0, selectEnd: rows, groupRows: rows };
    return withinTime(
      timeFor(rows, bytes.byteLength),
      () => decode({ view: new DataView(bytes), offset: 0 }, select, decoder).data,
    );
  });
  const count = data.reduce((total, part) => total + part.length, 0);
  if (count !== rows) throw damaged(path, `column ${shortened(name)} has ${count} values for ${rows} rows`);
  const values = data.length === 1 ? data[0]! : data.flatMap((part) => Array.from(part as ArrayLike<unknown>));
  // Values within an optional group come in a list each, which is empty where the group is.
  return isGroup ? Array.from(values as ArrayLike<unknown>, unwrapped) : values;
}

function unwrapped(value: unknown): unknown {
  let inner = value;
  while (Array.isArray(inner)) inner = (inner as readonly unknown[])[0];
  return inner;
}

const isLeafOf = (name: string, path: readonly string[] | undefined): boolean =>
  path !== undefined && path[0] === name && (path.length === 1 || (path.length === 2 && path[1] === "bytes"));

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
