/**
 * @file Sealed files: arrays in safetensors with the name of a format, metadata and a hash. Written atomically, checked
 * on reading.
 */

import { createHash } from "node:crypto";
import { CheckpointError } from "../../errors.ts";
import type { TensorFile } from "../../safetensors.ts";
import { encodeTensors } from "../../safetensors.ts";
import type { Tensor } from "../../tensor.ts";
import { writeAtomically } from "./atomic-write.ts";

/** Version of every format here. */
const VERSION = "1";

/** SHA-256 over all arrays and their names, hex. */
export function digest(tensors: ReadonlyMap<string, Tensor>): string {
  const hash = createHash("sha256");
  for (const [name, { data }] of tensors) {
    hash.update(name).update(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

/** Name of a format, and advice for a file that is damaged or of another format. */
export interface Format {
  readonly name: string;
  readonly otherwise: string;
  readonly damaged: string;
}

export function writeSealed(path: string, { name }: Format, { tensors, metadata }: TensorFile): void {
  const all = { format: name, version: VERSION, ...metadata, sha256: digest(tensors) };
  writeAtomically(path, encodeTensors({ tensors, metadata: all }));
}

/**
 * Checks the format and the hash of a file that was read.
 * @returns the hash of its arrays, hex
 * @throws CheckpointError if it is of another format or damaged
 */
export function checkSeal(
  path: string,
  { name, otherwise, damaged }: Format,
  { tensors, metadata }: TensorFile,
): string {
  if (metadata["format"] !== name || metadata["version"] !== VERSION) {
    const got = `${metadata["format"] ?? "no format"} ${metadata["version"] ?? ""}`.trim();
    throw new CheckpointError(`${path}: expected a ${name} of version ${VERSION}, got ${got}. ${otherwise}`);
  }
  const sha256 = digest(tensors);
  if (metadata["sha256"] !== sha256) {
    throw new CheckpointError(`${path}: its arrays do not match their SHA-256; the file is damaged. ${damaged}`);
  }
  return sha256;
}
