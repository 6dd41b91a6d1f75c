/**
 * @file The IDX format of MNIST: two zero bytes, a type byte, the number of dimensions, one big-endian uint32
 * for each, then the data.
 * @see https://github.com/cvdfoundation/mnist
 */

import { gunzipSync } from "node:zlib";
import { DataError } from "../../errors.ts";

export interface IdxArray {
  /** extents, outermost first */
  readonly dims: readonly number[];
  /** row-major */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads an array of unsigned bytes; gzip is recognised by its first two bytes.
 *
 * @param bytes the whole file
 * @param where its name, for messages
 * @param rank expected number of dimensions
 * @throws DataError if gzip, magic number, type, rank or length is wrong
 */
export function parseIdx(bytes: Uint8Array, where: string, rank: number): IdxArray {
  const raw = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzip(bytes, where) : bytes;
  if (raw.length < 4 || raw[0] !== 0 || raw[1] !== 0) {
    throw new DataError(`${where}: not an IDX file: it must begin with two zero bytes, got ${hex(raw.subarray(0, 4))}`);
  }
  if (raw[2] !== UNSIGNED_BYTE) {
    throw new DataError(
      `${where}: expected IDX type 0x08 (unsigned byte), got 0x${raw[2]!.toString(16).padStart(2, "0")}`,
    );
  }
  if (raw[3] !== rank) throw new DataError(`${where}: expected ${rank} dimensions, got ${raw[3]}`);
  const header = 4 + 4 * rank;
  if (raw.length < header)
    throw new DataError(`${where}: the IDX header is cut off after ${raw.length} of ${header} bytes`);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = dims.reduce((product, extent) => product * extent, 1);
  if (raw.length - header !== size) {
    throw new DataError(`${where}: [${dims.join(", ")}] needs ${size} bytes of data, got ${raw.length - header}`);
  }
  return { dims, data: raw.subarray(header) };
}

function gunzip(bytes: Uint8Array, where: string): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new DataError(`${where}: damaged gzip data (${(error as Error).message}). Delete it and use --download`, {
      cause: error,
    });
  }
}

function hex(bytes: Uint8Array): string {
  return bytes.length === 0 ? "nothing" : Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
