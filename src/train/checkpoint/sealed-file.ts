/**
 * @file Sealed files: arrays in safetensors with the name of a format, metadata and two hashes that cover all of it.
 * `sha256` is of the arrays' names and bytes, `seal` of everything that is said about them. Neither depends on the
 * order of the arrays, since other programs keep none. Files are written atomically and checked on reading.
 */

import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { CheckpointError } from "../../errors.ts";
import type { TensorFile } from "../../safetensors.ts";
import { bytesOf, decodeTensors, encodeTensors } from "../../safetensors.ts";
import type { Tensor } from "../../tensor.ts";
import type { Writing } from "./atomic-write.ts";
import { writeAtomically } from "./atomic-write.ts";
import { withFile } from "./file-bytes.ts";

/** Version of every format here. Version 1, of 0.1.0, has no seal, and its hash depends on the order of the arrays. */
const VERSION = "2";

/** The most bytes that a hash takes at once. */
const AT_ONCE = 2 ** 30;

function update(hash: Hash, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += AT_ONCE) hash.update(bytes.subarray(at, at + AT_ONCE));
}

/** SHA-256 over arrays and their names, in an order of names. */
function digestOf(stored: ReadonlyMap<string, Uint8Array>, names: Iterable<string>): string {
  const hash = createHash("sha256");
  for (const name of names) update(hash.update(name), stored.get(name)!);
  return hash.digest("hex");
}

const sorted = (arrays: ReadonlyMap<string, unknown>): string[] => [...arrays.keys()].sort();

/** SHA-256 over all arrays and their names, hex. It does not depend on their order. */
export function digest(tensors: ReadonlyMap<string, Tensor>): string {
  return digestOf(new Map([...tensors].map(([name, tensor]) => [name, bytesOf(tensor)])), sorted(tensors));
}

/** A format: its name, its metadata, and advice for a file that is damaged or of another format. */
export interface Format {
  readonly name: string;
  /** Names of the metadata that a file must have. */
  readonly keys: readonly string[];
  readonly otherwise: string;
  readonly damaged: string;
}

/** A sealed file that was read and found whole. */
export interface SealedFile extends TensorFile {
  /** The one of the formats asked for that it has. */
  readonly format: Format;
  /** Hash of its arrays and their names, hex. */
  readonly sha256: string;
}

/** SHA-256 over the metadata of a format and the names, kinds and shapes of the arrays, hex. */
function sealOf({ keys }: Format, { tensors, metadata }: TensorFile): string {
  const said = ["format", "version", ...keys].map((key) => [key, metadata[key]]);
  const arrays = sorted(tensors).map((name) => [name, tensors.get(name)!.dtype, tensors.get(name)!.shape]);
  return createHash("sha256")
    .update(JSON.stringify([said, arrays]))
    .digest("hex");
}

/** Writes a file. @param metadata has the format's keys */
export function writeSealed(path: string, format: Format, file: TensorFile, writing?: Writing): void {
  const { tensors } = file;
  const metadata = { format: format.name, version: VERSION, ...file.metadata };
  const hashes = { sha256: digest(tensors), seal: sealOf(format, { tensors, metadata }) };
  writeAtomically(path, encodeTensors({ tensors, metadata: { ...metadata, ...hashes } }), writing);
}

/**
 * Reads a file of one of the formats, of this version or of 0.1.0.
 * @returns its content, and which of the formats it has
 * @throws CheckpointError if it is of another format or damaged
 */
export function readSealed(path: string, ...formats: readonly [Format, ...Format[]]): SealedFile {
  const { otherwise, damaged } = formats[0];
  const file = withFile(path, (bytes) => decodeTensors(bytes, path, damaged));
  const { metadata, tensors, stored } = file;
  const format = formats.find(({ name }) => name === metadata["format"]);
  const version = metadata["version"];
  if (!format || (version !== VERSION && version !== "1")) {
    const got = JSON.stringify(`${metadata["format"] ?? "no format"} ${version ?? ""}`.trim().slice(0, 60));
    throw new CheckpointError(
      `${path}: expected a ${formats[0].name} of version ${VERSION} or 1, got ${got}. ${otherwise}`,
    );
  }
  const refuse = (why: string): never => {
    throw new CheckpointError(`${path}: ${why}; the file is damaged. ${damaged}`);
  };
  const missing = format.keys.find((key) => metadata[key] === undefined);
  if (missing !== undefined && version === VERSION) refuse(`its metadata have no ${missing}`);
  const sha256 = digestOf(stored, sorted(stored));
  const matches = version === VERSION ? sha256 === metadata["sha256"] : hadHash(stored, metadata["sha256"]);
  if (!matches) refuse("its arrays do not match their SHA-256");
  if (version === VERSION && metadata["seal"] !== sealOf(format, file)) refuse("its header does not match its seal");
  return { format, tensors, metadata, sha256 };
}

/** More arrays than this are not tried in every order. */
const MOST_ORDERED = 6;

/**
 * Whether the hash of version 1 is that of the arrays in the order of the file or, since another program may have
 * saved the file again, in any.
 */
function hadHash(stored: ReadonlyMap<string, Uint8Array>, sha256: string | undefined): boolean {
  const names = [...stored.keys()];
  const orders = names.length <= MOST_ORDERED ? permutations(names) : [names];
  return orders.some((order) => digestOf(stored, order) === sha256);
}

/** All orders, the given one first. */
function permutations(names: readonly string[]): string[][] {
  if (names.length === 0) return [[]];
  return names.flatMap((first, i) =>
    permutations(names.filter((_, other) => other !== i)).map((rest) => [first, ...rest]),
  );
}
