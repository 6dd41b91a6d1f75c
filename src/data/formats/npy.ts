/** @file Reads a one-dimensional integer array from NumPy's `.npy` format (versions 1 to 3). */

import { DataError } from "../../errors.ts";
import { shortened } from "../../printable.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

/**
 * @param bytes the whole file
 * @param where its name, for messages
 * @returns the numbers; int64 must fit a double
 * @throws DataError if it is not a `.npy` file, is truncated, or does not hold a 1-D integer array
 */
export function parseNpy(bytes: Uint8Array, where: string): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || !MAGIC.every((byte, i) => bytes[i] === byte))
    throw new DataError(`${where}: not a .npy file`);
  const wide = bytes[6]! >= 2;
  const start = (wide ? 12 : 10) + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (start > bytes.length) throw new DataError(`${where}: the .npy header is cut off`);
  const header = Buffer.from(bytes.subarray(wide ? 12 : 10, start)).toString("latin1");

  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? "?";
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? "?").trim();
  const length = /^(\d+) ?,?$/.exec(shape)?.[1];
  const type = /^([<>|=]?)([iu])([1248])$/.exec(descr);
  if (length === undefined || type === null) {
    const pickled = descr.includes("O") ? ". A pickled Python object cannot be read" : "";
    throw new DataError(
      `${where}: expected a one-dimensional integer array, got dtype '${shortened(descr)}' with shape (${shortened(shape)})${pickled}`,
    );
  }
  const count = Number(length);
  const width = Number(type[3]);
  if (bytes.length - start !== count * width) {
    throw new DataError(`${where}: expected ${count} × ${width} bytes after the header, got ${bytes.length - start}`);
  }
  const little = type[1] !== ">";
  return Array.from({ length: count }, (_, i) => readInteger(view, start + i * width, width, type[2] === "i", little));
}

function readInteger(view: DataView, at: number, width: number, signed: boolean, little: boolean): number {
  switch (width) {
    case 1:
      return signed ? view.getInt8(at) : view.getUint8(at);
    case 2:
      return signed ? view.getInt16(at, little) : view.getUint16(at, little);
    case 4:
      return signed ? view.getInt32(at, little) : view.getUint32(at, little);
    default:
      return Number(signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little));
  }
}
