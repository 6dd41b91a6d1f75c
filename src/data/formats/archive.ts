/**
 * @file Reads files from a `.tar` or `.tar.gz`. The archive streams through once, nothing is written to disk, and what
 * comes out of it is bounded: entries by the size that they declare, the whole by the bytes that have come.
 */

import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { createGunzip } from "node:zlib";
import { Parser } from "tar";
import { DataError } from "../../errors.ts";
import { LARGEST, readDataFile } from "./read-file.ts";

/** The most that an archive may hold when it is unpacked, in bytes: four times CIFAR. */
const MOST = LARGEST;

/** Signature of gzip. */
export const isGzip = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b;

/**
 * Contents of the wanted entries, by base name. Folders within the archive do not matter, and links are not followed.
 * @throws DataError for what is no archive, a damaged one, or one that unpacks to more than `MOST` bytes
 */
export async function readArchive(file: string, wanted: readonly string[]): Promise<Map<string, Uint8Array>> {
  const packed = await readDataFile(file);
  try {
    return await entriesOf(file, isGzip(packed), wanted);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(
      `${file}: not a whole .tar.gz archive (${(error as Error).message}). Fetch it again, into another folder`,
      { cause: error },
    );
  }
}

async function entriesOf(file: string, zipped: boolean, wanted: readonly string[]): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const refuse = (why: string): DataError => new DataError(`${file}: ${why}: this is no archive of the set`);
  let failure: Error | undefined;
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      const base = basename(entry.path);
      if (entry.size > MOST) failure ??= refuse(`${JSON.stringify(base)} declares ${entry.size} bytes`);
      if (failure || entry.type !== "File" || !wanted.includes(base)) {
        entry.resume();
        return;
      }
      const chunks: Uint8Array[] = [];
      entry.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      entry.on("end", () => files.set(base, Buffer.concat(chunks)));
    },
  });
  parser.on("error", (error: Error) => (failure ??= error));
  const ended = new Promise<void>((resolve) => parser.on("end", () => resolve()));
  const source = createReadStream(file);
  const stream = zipped ? source.pipe(createGunzip()) : source;
  source.on("error", (error) => stream.destroy(error));
  let unpacked = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    unpacked += chunk.length;
    if (unpacked > MOST) throw refuse(`unpacks to more than ${MOST} bytes`);
    parser.write(chunk);
    if (failure) throw failure;
  }
  parser.end();
  if (failure) throw failure;
  await ended;
  return files;
}
