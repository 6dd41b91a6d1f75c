/**
 * @file Files of a `.tar` or `.tar.gz`, in memory. The archive is unpacked in one pass, nothing is written to disk, and
 * what comes out of it is bounded.
 */

import { basename } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError } from "../../errors.ts";
import { isGzip } from "./gzip.ts";
import { LARGEST, readDataFile } from "./read-file.ts";
import { TarError, TarReader } from "./tar.ts";

/** The most that an archive may hold when it is unpacked, in bytes: that of CIFAR has 185 MB. */
const MOST = LARGEST;
/** Entries of an archive: those of CIFAR have eight. */
const MOST_ENTRIES = 10_000;

/**
 * Contents of the wanted entries, by base name. Folders within the archive do not matter, and links are not followed.
 * @throws DataError for what is no archive, a damaged one, or one that unpacks to more than `MOST` bytes
 */
export async function readArchive(path: string, wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, Uint8Array>> {
  const packed = await readDataFile(path);
  const files = new Map<string, Uint8Array>();
  const archive = new TarReader({
    wanted: (path) => wanted.has(basename(path)),
    take: (path, bytes) => void files.set(basename(path), bytes),
    most: MOST,
    mostEntries: MOST_ENTRIES,
  });
  let unpacked = 0;
  try {
    for await (const chunk of unzipped(packed)) {
      if (unpacked === 0 && isGzip(chunk)) throw new TarError("gzip packed it twice");
      unpacked += chunk.length;
      if (unpacked > MOST) throw new TarError(`it unpacks to more than ${MOST} bytes`);
      archive.take(chunk);
    }
    archive.end();
  } catch (error) {
    // Those of zlib have codes such as Z_BUF_ERROR.
    if (!(error instanceof TarError) && !(error as NodeJS.ErrnoException).code?.startsWith("Z_")) throw error;
    throw new DataError(
      `${path}: not a whole .tar.gz archive (${(error as Error).message}). Fetch it again, into another folder`,
      { cause: error },
    );
  }
  return files;
}

async function* unzipped(packed: Uint8Array): AsyncGenerator<Uint8Array> {
  if (!isGzip(packed)) {
    yield packed;
    return;
  }
  const source = Readable.from([packed]);
  const stream = source.pipe(createGunzip());
  source.on("error", (error) => stream.destroy(error));
  yield* stream as AsyncIterable<Uint8Array>;
}
