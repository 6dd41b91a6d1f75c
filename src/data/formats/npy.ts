/**
 * @file Arrays in NumPy's `.npy` format (versions 1 to 3): numbers and fixed-width text of any rank, either byte order,
 * rows or columns first. Nothing is executed: pickled objects are refused.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

import { DataError } from "../../errors.ts";
import { shortened } from "../../printable.ts";
import { floatOfHalf } from "./half.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

/** Most dimensions, as in NumPy 1. */
const MOST_DIMENSIONS = 32;

/** An array as it lies in its file. */
export interface NpyArray {
  /** file, for messages */
  readonly where: string;
  /** as NumPy writes it: `<f4` */
  readonly dtype: string;
  /** bool, signed, unsigned, float, bytes, Unicode */
  readonly kind: "b" | "i" | "u" | "f" | "S" | "U";
  /** bytes of one element */
  readonly width: number;
  readonly isLittle: boolean;
  /** whether the first index changes fastest in memory */
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  readonly size: number;
  readonly data: DataView;
}

/**
 * @param bytes the whole file
 * @param where its name, for messages
 * @throws DataError if it is not a `.npy` file, is truncated, or holds something else than numbers and text
 */
export function openNpy(bytes: Uint8Array, where: string): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || !MAGIC.every((byte, i) => bytes[i] === byte))
    throw new DataError(`${where}: not a .npy file`);
  const wide = bytes[6]! >= 2;
  const start = (wide ? 12 : 10) + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (start > bytes.length) throw new DataError(`${where}: the .npy header is cut off`);
  const header = Buffer.from(bytes.subarray(wide ? 12 : 10, start)).toString("latin1");

  const dtype = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? "?";
  const extents = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? "?").trim();
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /^(\d+ ?, ?)*(\d+ ?,?)?$/.test(extents) ? (extents.match(/\d+/g) ?? []).map(Number) : undefined;
  const type = /^([<>|=]?)(?:([iu])([1248])|(f)([248])|(b)(1)|([SU])(\d{1,6}))$/.exec(dtype);
  if (shape === undefined || shape.length > MOST_DIMENSIONS || type === null || order === undefined) {
    throw new DataError(
      `${where}: expected an array of numbers or of text, got dtype '${shortened(dtype)}' with shape (${shortened(extents)})` +
        (dtype.includes("O") ? ". A pickled Python object cannot be read: save text with .astype('U')" : ""),
    );
  }
  const kind = (type[2] ?? type[4] ?? type[6] ?? type[8]) as NpyArray["kind"];
  const length = Number(type[3] ?? type[5] ?? type[7] ?? type[9]);
  const width = kind === "U" ? 4 * length : length;
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (bytes.length - start !== size * width) {
    throw new DataError(`${where}: expected ${size} × ${width} bytes after the header, got ${bytes.length - start}`);
  }
  const data = new DataView(bytes.buffer, bytes.byteOffset + start, size * width);
  return { where, dtype, kind, width, isLittle: type[1] !== ">", isFortran: order === "True", shape, size, data };
}

/** A shape as NumPy writes it: `(5,)`, `(2, 3)`. */
export const npyShape = ({ shape }: NpyArray): string => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/** Whether the elements are numbers or booleans. */
export const isNumeric = ({ kind }: NpyArray): boolean => kind !== "S" && kind !== "U";

/**
 * Reads a one-dimensional integer array.
 *
 * @param bytes the whole file
 * @param where its name, for messages
 * @returns the numbers; int64 must fit a double
 * @throws DataError if it is not a `.npy` file, is truncated, or does not hold a 1-D integer array
 */
export function parseNpy(bytes: Uint8Array, where: string): number[] {
  const array = openNpy(bytes, where);
  if (array.shape.length !== 1 || (array.kind !== "i" && array.kind !== "u")) {
    throw new DataError(
      `${where}: expected a one-dimensional integer array, got dtype '${array.dtype}' with shape ${npyShape(array)}`,
    );
  }
  return Array.from(npyNumbers(array, new Float64Array(array.size)));
}

/** Writes the elements of an array of numbers in row-major order: NaN and infinite ones as they are. */
export function npyNumbers<A extends Float32Array | Float64Array | Uint8Array>(array: NpyArray, into: A): A {
  const read = reader(array);
  eachPlace(array, (from, to) => void (into[to] = read(from * array.width)));
  return into;
}

/** The elements of an array of text in row-major order, without the NULs that fill them up. */
export function npyTexts(array: NpyArray): string[] {
  const { data, width, kind, isLittle, where } = array;
  const texts = new Array<string>(array.size);
  eachPlace(array, (from, to) => {
    let text = "";
    for (let at = from * width; at < (from + 1) * width; at += kind === "U" ? 4 : 1) {
      const code = kind === "U" ? data.getUint32(at, isLittle) : data.getUint8(at);
      if (code > 0x10ffff) throw new DataError(`${where}: text ${to} is damaged: it has no character ${code}`);
      text += String.fromCodePoint(code);
    }
    texts[to] = text.replace(/\0+$/, "");
  });
  return texts;
}

function reader({ data, kind, width, isLittle }: NpyArray): (at: number) => number {
  if (kind === "f") {
    if (width === 2) return (at) => floatOfHalf(data.getUint16(at, isLittle));
    return width === 4 ? (at) => data.getFloat32(at, isLittle) : (at) => data.getFloat64(at, isLittle);
  }
  const isSigned = kind === "i";
  switch (width) {
    case 1:
      return isSigned ? (at) => data.getInt8(at) : (at) => data.getUint8(at);
    case 2:
      return isSigned ? (at) => data.getInt16(at, isLittle) : (at) => data.getUint16(at, isLittle);
    case 4:
      return isSigned ? (at) => data.getInt32(at, isLittle) : (at) => data.getUint32(at, isLittle);
    default:
      return (at) => Number(isSigned ? data.getBigInt64(at, isLittle) : data.getBigUint64(at, isLittle));
  }
}

/** Each element once: its place in the file, and its place in row-major order. */
function eachPlace({ isFortran, shape, size }: NpyArray, visit: (from: number, to: number) => void): void {
  if (!isFortran || shape.length < 2) {
    for (let i = 0; i < size; i++) visit(i, i);
    return;
  }
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, extent) => product * extent, 1));
  const index = shape.map(() => 0);
  for (let to = 0, from = 0; to < size; to++) {
    visit(from, to);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}
