/**
 * @file The IDX format of MNIST: two zero bytes, a type byte, the number of dimensions, one big-endian uint32
 * for each, then the data.
 * @see https://github.com/cvdfoundation/mnist
 */

import { constants, gunzipSync } from "node:zlib";
import { DataError } from "../../errors.ts";
import { isGzip, unpacked } from "./gzip.ts";
import { LARGEST } from "./read-file.ts";

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
  const raw = isGzip(bytes) ? gunzip(bytes, where, rank) : bytes;
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
  const dims = dimsOf(raw, rank);
  const size = sizeOf(dims);
  if (raw.length - header !== size) {
    throw new DataError(`${where}: [${dims.join(", ")}] needs ${size} bytes of data, got ${raw.length - header}`);
  }
  return { dims, data: raw.subarray(header) };
}

/** Unpacks at most what the IDX header at the beginning declares, and one byte that tells of more. */
function gunzip(bytes: Uint8Array, where: string, rank: number): Uint8Array {
  const header = 4 + 4 * rank;
  const unpack = (): Uint8Array => {
    // The end of the first bytes is no end of the data.
    const start = gunzipSync(bytes.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
    const declared = start.length < header ? 0 : sizeOf(dimsOf(start, rank));
    return gunzipSync(bytes, { maxOutputLength: Math.min(header + declared + 1, LARGEST) });
  };
  return unpacked(where, unpack, {
    tooLarge: "unpacks to more bytes than its IDX header declares",
    remedy: "Fetch it again, into another folder",
  });
}

function dimsOf(raw: Uint8Array, rank: number): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
}

const sizeOf = (dims: readonly number[]): number => dims.reduce((product, extent) => product * extent, 1);

function hex(bytes: Uint8Array): string {
  return bytes.length === 0 ? "nothing" : Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
