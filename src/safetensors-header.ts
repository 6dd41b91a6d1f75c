/**
 * @file Header of a safetensors file (huggingface.co/docs/safetensors): JSON with each array's dtype, shape and place in
 * the bytes that follow. Other programs write such files, and a damaged one can hold anything.
 */

import { z } from "zod";

/** Bytes per number of each dtype that is read. */
export const WIDTHS = { F32: 4, F64: 8, F16: 2, BF16: 2, I32: 4 } as const;

/** Number formats that are read. */
export type StoredDtype = keyof typeof WIDTHS;

/** An array in a file. */
export interface Entry {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** First byte, and the byte after the last, counted from the end of the header. */
  readonly from: number;
  readonly to: number;
}

export interface Header {
  /** In the header's order. */
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The longest header that is read, in bytes: that of the format's own library. */
export const LONGEST = 100e6;

const count = z.number().int().min(0);
const entrySchema = z.object({ dtype: z.string(), shape: z.array(count), data_offsets: z.tuple([count, count]) });
const FIELDS = "dtype, shape and data_offsets";

/** A name as a message shows it: in quotes, on one line, not too long. */
const quoted = (name: string): string => JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);

/**
 * Reads a header.
 * @param bytes JSON, which may be padded with spaces
 * @param room bytes that follow the header
 * @param refuse ends the reading; gets what is wrong with the file, as the end of "a file that …"
 */
export function readHeader(bytes: Uint8Array, room: number, refuse: (why: string) => never): Header {
  const text = decoded(bytes) ?? refuse("has a header that is not UTF-8");
  const json = parsed(text);
  if (typeof json !== "object" || json === null || Array.isArray(json)) return refuse("has no JSON header");
  const twice = repeatedName(text);
  if (twice !== undefined) refuse(`names ${quoted(twice)} twice`);
  const members = Object.entries(json).filter(([name]) => name !== "__metadata__");
  const entries = members.map(([name, value]) => readEntry(name, value, refuse));
  checkPlaces(entries, room, refuse);
  const metadata = Object.hasOwn(json, "__metadata__") ? (json as { __metadata__: unknown }).__metadata__ : {};
  return { entries, metadata: isTexts(metadata) ? metadata : refuse("has metadata that are not texts") };
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === "string");

/** The first name that an object of the JSON has twice, of which a parser keeps one only. */
function repeatedName(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, name] of json.matchAll(/("(?:[^"\\]|\\.)*")(?=\s*:)|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (name !== undefined) {
      const plain = JSON.parse(name) as string;
      if (open.at(-1)!.has(plain)) return plain;
      open.at(-1)!.add(plain);
    }
  }
  return undefined;
}

function readEntry(name: string, value: unknown, refuse: (why: string) => never): Entry {
  const read = entrySchema.safeParse(value);
  if (!read.success) return refuse(`describes ${quoted(name)} by other than ${FIELDS}`);
  const { dtype, shape, data_offsets: offsets } = read.data;
  if (!Object.hasOwn(WIDTHS, dtype))
    return refuse(`holds ${quoted(name)} as ${quoted(dtype)}, not as ${Object.keys(WIDTHS).join(", ")}`);
  return { name, dtype: dtype as StoredDtype, shape, from: offsets[0], to: offsets[1] };
}

/** Checks that the arrays are as long as their shapes say and fill the bytes without gaps and overlaps. */
function checkPlaces(entries: readonly Entry[], room: number, refuse: (why: string) => never): void {
  let end = 0;
  for (const { name, dtype, shape, from, to } of [...entries].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const size = shape.reduce((product, extent) => product * extent, 1) * WIDTHS[dtype];
    if (to - from !== size)
      refuse(`gives ${quoted(name)} ${to - from} bytes, where its shape [${shape.join(",")}] needs ${size}`);
    if (to > room) refuse(`is cut off inside ${quoted(name)}`);
    if (from !== end) refuse(`has ${from < end ? "arrays that overlap" : "bytes that belong to nothing"}`);
    end = to;
  }
  if (end !== room) refuse("has bytes that belong to nothing");
}
