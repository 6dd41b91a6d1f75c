/** @file Bytes of a file, read by place, so that a file may be larger than one read or one buffer can be. */

import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { CheckpointError } from "../../errors.ts";
import type { Bytes } from "../../safetensors.ts";

/** The system reads at most 2 GiB at once. */
const AT_ONCE = 2 ** 30;

/**
 * Opens a file, lets `use` read from it, and closes it.
 * @throws CheckpointError for what is no file, such as a pipe, and when the disk cannot read it
 */
export function withFile<T>(path: string, use: (bytes: Bytes) => T): T {
  // A pipe must not be opened: that waits for its other end.
  if (!statSync(path).isFile()) throw new CheckpointError(`${path}: expected a file. Name one`);
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    return use({ length: size, subarray: (from, to) => read(file, from, to, path) });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EIO") throw cause;
    throw new CheckpointError(`${path}: the disk cannot read it (EIO). Check the disk`, { cause });
  } finally {
    closeSync(file);
  }
}

function read(file: number, from: number, to: number, path: string): Uint8Array {
  const bytes = new Uint8Array(to - from);
  for (let at = 0; at < bytes.length;) {
    const got = readSync(file, bytes, at, Math.min(AT_ONCE, bytes.length - at), from + at);
    if (got === 0) throw new CheckpointError(`${path}: became shorter while it was read. Read it again`);
    at += got;
  }
  return bytes;
}
