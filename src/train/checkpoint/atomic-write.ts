/**
 * @file Atomic writing of files: a crash or a power cut leaves the old file or the new one, never a part. What is
 * written is on the disk when a function here returns.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** The system writes at most 2 GiB at once. */
const AT_ONCE = 2 ** 30;

export interface Writing {
  /** Where the old file goes, over an earlier one there; by default it is replaced. */
  readonly keepAs?: string;
}

/** Writes a temporary file beside the target, flushes it to disk, and renames it over the target. */
export function writeAtomically(path: string, content: string | Iterable<Uint8Array>, { keepAs }: Writing = {}): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      for (const part of typeof content === "string" ? [Buffer.from(content)] : content) writeAll(file, part);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (keepAs !== undefined && existsSync(path)) keep(path, keepAs);
    renameSync(temporary, path);
    flush(dirname(path));
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}

/** Gives a file a second name, so that it is never without its first; where files have one name only, moves it. */
function keep(path: string, as: string): void {
  rmSync(as, { force: true });
  try {
    linkSync(path, as);
  } catch {
    renameSync(path, as);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, Math.min(AT_ONCE, bytes.length - at));
}

/** Systems and file systems that cannot flush a folder say so by one of these. */
const NOT_FLUSHED = ["EINVAL", "EISDIR", "EPERM", "EACCES", "ENOTSUP"];

/** Brings a file to the disk, or a folder: the names in it. */
export function flush(path: string): void {
  try {
    const file = openSync(path, "r");
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (!NOT_FLUSHED.includes((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
  }
}

/** Removes the temporary files of writers that were killed. No other process may be writing in the folder. */
export function removeOrphans(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) if (/\.\d+\.tmp$/.test(name)) rmSync(join(folder, name), { force: true });
}
