/**
 * @file Reads a file that a user names: within bounds, and with an answer at once for what is no file. Messages are one
 * line and end with what to do.
 */

import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, stat } from "node:fs/promises";
import { DataError, ReweightError } from "../../errors.ts";

/** The largest file that is read whole, in bytes. The official files of the built-in sets have 0.2 GB at most. */
export const LARGEST = 2 ** 30;

/** Kind of a path: "file" (or a pipe, a device), "folder", or undefined if there is neither. @throws DataError */
export async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(path, error);
  }
}

/**
 * Opens a regular file without waiting for what is none.
 * @returns the handle, which the caller closes, and the file's bytes
 * @throws DataError for anything else, and for what may not be read
 */
export async function openDataFile(path: string): Promise<{ handle: FileHandle; size: number }> {
  // Without O_NONBLOCK, opening a pipe waits for its writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const stats = await handle.stat();
  if (stats.isFile()) return { handle, size: stats.size };
  await handle.close();
  const what = stats.isDirectory() ? "a folder" : stats.isFIFO() ? "a pipe" : "a device or a socket";
  throw new DataError(`${path}: expected a file, found ${what}`);
}

/**
 * Bytes of a regular file.
 * @param most bytes that it may have
 * @param otherwise what a larger file means, or what to do with it
 * @throws DataError for anything else, for a larger file, and for what may not be read
 */
export async function readDataFile(
  path: string,
  most = LARGEST,
  otherwise = "this is no file of the set",
): Promise<Uint8Array> {
  const { handle, size } = await openDataFile(path);
  try {
    if (size > most) {
      throw new DataError(`${path}: expected at most ${most} bytes, got ${size}: ${otherwise}`);
    }
    const bytes = await handle.readFile();
    if (bytes.length > most) throw new DataError(`${path}: grew beyond ${most} bytes while it was read`);
    return bytes;
  } catch (error) {
    throw error instanceof DataError ? error : unreadable(path, error);
  } finally {
    await handle.close();
  }
}

/** Pieces of a regular file, in order, each valid until the next is asked for. @throws DataError */
export async function* readPieces(path: string, length = 1 << 18): AsyncGenerator<Uint8Array> {
  const { handle } = await openDataFile(path);
  try {
    const piece = new Uint8Array(length);
    for (;;) {
      const { bytesRead } = await handle.read(piece, 0, length, null);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  } catch (error) {
    throw error instanceof ReweightError ? error : unreadable(path, error);
  } finally {
    await handle.close();
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file. Check the path",
  EACCES: "no permission to read it. Change its permissions (chmod), or name a copy of your own",
  EPERM: "the system does not permit to read it. Name a copy of your own",
  ELOOP: "the path goes round in circles of symbolic links",
  ENAMETOOLONG: "the name is longer than the file system allows",
  ENXIO: "expected a file, found a socket or a device without its driver",
  EIO: "the disk reports an error. Check it, or name a copy elsewhere",
};

function unreadable(path: string, error: unknown): DataError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new DataError(`${path}: ${WHY[code ?? ""] ?? `cannot be read (${code ?? message})`}`, { cause: error });
}
