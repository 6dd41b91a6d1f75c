/**
 * @file The safetensors file format (huggingface.co/docs/safetensors): an 8-byte length, a JSON header with each
 * array's dtype, shape and place, then the bytes. Checkpoints use it, so that other programs can read them.
 */

import { constants } from "node:buffer";
import { CheckpointError } from "./errors.ts";
import type { Entry, StoredDtype } from "./safetensors-header.ts";
import { LONGEST, readHeader } from "./safetensors-header.ts";
import type { Tensor } from "./tensor.ts";

/** The content of a safetensors file. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file that was read. */
export interface DecodedFile extends TensorFile {
  /** Each array's bytes, as the file has them. */
  readonly stored: ReadonlyMap<string, Uint8Array>;
}

/** Bytes that are read by place: a buffer, or a file that may be larger than any buffer. */
export interface Bytes {
  readonly length: number;
  subarray(from: number, to: number): Uint8Array;
}

function dtypeOf({ data }: Tensor): StoredDtype {
  if (data instanceof Float64Array) return "F64";
  return data instanceof Float32Array ? "F32" : "I32";
}

/** The bytes of an array, without a copy. */
export const bytesOf = ({ data }: Tensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Encodes a file, as the parts that follow each other in it. Names and metadata keep the order given. */
export function encodeTensors({ tensors, metadata }: TensorFile): Uint8Array[] {
  let at = 0;
  const entries = [...tensors].map(([name, tensor]): [string, unknown] => {
    const place = [at, (at += tensor.data.byteLength)];
    return [name, { dtype: dtypeOf(tensor), shape: tensor.shape, data_offsets: place }];
  });
  const json = JSON.stringify(Object.fromEntries<unknown>([["__metadata__", metadata], ...entries]));
  const text = Buffer.from(json.padEnd(json.length + ((8 - (Buffer.byteLength(json) % 8)) % 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return [length, text, ...[...tensors.values()].map(bytesOf)];
}

/**
 * Decodes a file. F64 stays as wide as it is; F16 and BF16 become 32-bit floats.
 * @param where the file's name, for messages
 * @param remedy what to do about a file that cannot be read, for messages
 * @throws CheckpointError when the bytes are not a whole safetensors file, or hold arrays of other dtypes
 */
export function decodeTensors(bytes: Bytes, where: string, remedy = "Name another file"): DecodedFile {
  const refuse = (why: string): never => {
    throw new CheckpointError(`${where}: expected a whole safetensors file, got one that ${why}. ${remedy}`);
  };
  if (bytes.length < 8) refuse(`has ${bytes.length} bytes`);
  const length = Number(Buffer.from(bytes.subarray(0, 8)).readBigUInt64LE());
  if (length > bytes.length - 8) refuse("ends inside its header (or is of another format)");
  if (length > LONGEST) refuse(`has a header of ${length} bytes`);
  const start = 8 + length;
  const { entries, metadata } = readHeader(bytes.subarray(8, start), bytes.length - start, refuse);
  const stored = new Map<string, Uint8Array>();
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, from, to } of entries) {
    if (to - from > constants.MAX_LENGTH) refuse(`has an array of ${to - from} bytes, too large for this Node.js`);
    const own = aligned(bytes.subarray(start + from, start + to));
    stored.set(name, own);
    tensors.set(name, { data: numbersOf(own, dtype), shape, dtype: dtype === "I32" ? "int" : "float" });
  }
  return { tensors, metadata, stored };
}

/** The same bytes at the start of a buffer of their own, because typed arrays need aligned bytes. */
const aligned = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);

function numbersOf({ buffer }: Uint8Array, dtype: Entry["dtype"]): Tensor["data"] {
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "F64":
      return new Float64Array(buffer);
    case "I32":
      return new Int32Array(buffer);
    case "F16":
      return Float32Array.from(new Uint16Array(buffer), halfFloat);
    case "BF16":
      // The upper half of a float32's bits.
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
  }
}

/** The number of an IEEE 754 half: 1 bit of sign, 5 of exponent, 10 of fraction. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
