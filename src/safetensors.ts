/**
 * @file The safetensors file format (huggingface.co/docs/safetensors): an 8-byte length, a JSON header with each
 * array's dtype, shape and place, then the bytes. Checkpoints use it, so that other programs can read them.
 */

import { CheckpointError } from "./errors.ts";
import type { Tensor } from "./tensor.ts";
import { sizeOf } from "./tensor.ts";

/** The content of a safetensors file. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const KINDS = { F32: Float32Array, F64: Float64Array, I32: Int32Array } as const;

function kindOf(data: Tensor["data"]): keyof typeof KINDS {
  if (data instanceof Float64Array) return "F64";
  return data instanceof Float32Array ? "F32" : "I32";
}

/** Encodes a file. Names and metadata keep the order given. */
export function encodeTensors({ tensors, metadata }: TensorFile): Buffer {
  let at = 0;
  const header: Record<string, unknown> = { __metadata__: metadata };
  const parts: Buffer[] = [];
  for (const [name, { data, shape }] of tensors) {
    header[name] = { dtype: kindOf(data), shape, data_offsets: [at, (at += data.byteLength)] };
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(json.length + ((8 - (Buffer.byteLength(json) % 8)) % 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

/**
 * Decodes a file.
 * @param where the file's name, for messages
 * @throws CheckpointError when the bytes are not a whole safetensors file
 */
export function decodeTensors(bytes: Buffer, where: string): TensorFile {
  const broken = (why: string): CheckpointError =>
    new CheckpointError(
      `${where}: expected a whole safetensors file, got one that ${why}. Use another checkpoint or start anew`,
    );
  if (bytes.length < 8) throw broken(`has ${bytes.length} bytes`);
  const length = Number(bytes.readBigUInt64LE());
  if (length > bytes.length - 8) throw broken(`ends inside its header (or is of another format)`);
  let header: Record<string, Entry | Record<string, string>>;
  try {
    header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as typeof header;
  } catch {
    throw broken("has no JSON header");
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = new Map<string, Tensor>();
  let end = 0;
  for (const [name, entry] of Object.entries(entries) as [string, Entry][]) {
    const Kind = KINDS[entry.dtype as keyof typeof KINDS];
    const [from, to] = entry.data_offsets;
    if (!Kind) throw broken(`holds "${name}" as ${entry.dtype}`);
    if (to > bytes.length - 8 - length || to - from !== sizeOf(entry.shape) * Kind.BYTES_PER_ELEMENT) {
      throw broken(`is cut off inside "${name}"`);
    }
    end = Math.max(end, to);
    // A copy, because typed arrays need aligned bytes.
    const copy = new Uint8Array(bytes.subarray(8 + length + from, 8 + length + to)).buffer;
    tensors.set(name, { data: new Kind(copy), shape: entry.shape, dtype: entry.dtype === "I32" ? "int" : "float" });
  }
  if (end !== bytes.length - 8 - length) throw broken("has bytes that belong to nothing");
  return { tensors, metadata: metadata as Record<string, string> };
}
