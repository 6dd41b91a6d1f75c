/**
 * @file Decoded pictures of one size, read by row: in a file of a cache, so that a set may be larger than memory, or in
 * memory. A cache is written under another name and renamed when it is whole.
 */

import { createHash, randomBytes } from "node:crypto";
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../../errors.ts";
import type { ImageShape } from "../dataset.ts";

/** A file that was passed over. */
export interface BadPicture {
  readonly example: number;
  readonly name: string;
  readonly reason: string;
}

/** Images of one size by example. */
export interface Pixels {
  readonly count: number;
  readonly shape: ImageShape;
  /** SHA-256, hex, over all pixels in order */
  readonly hash: string;
  /** examples without an image: their pixels are 0 */
  readonly bad: readonly BadPicture[];
  /** folder of the cache; absent in memory */
  readonly folder?: string;
  /** `[C, H, W]`, planar, 0…255, of one example; valid until the next call. */
  read(example: number): Uint8Array;
  close(): void;
}

/** Where pixels go while they are decoded. */
export interface PixelWriter {
  put(example: number, pixels: Uint8Array): Promise<void>;
  /** Ends the writing. */
  finish(bad: readonly BadPicture[]): Promise<Pixels>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

interface Index {
  readonly version: 1;
  readonly count: number;
  readonly shape: ImageShape;
  readonly hash: string;
  readonly bad: readonly BadPicture[];
}

const PIXELS = "pixels.u8";
const INDEX = "index.json";
/** Milliseconds after which an unfinished cache is that of a process that was killed. */
const STALE = 24 * 3600 * 1000;

const rowBytes = ([channels, height, width]: ImageShape): number => channels * height * width;

/** Opens a cache that is there and fits. @returns undefined where there is none, or one that must be made anew */
export async function openCache(folder: string, count: number, shape: ImageShape): Promise<Pixels | undefined> {
  let index: Index;
  try {
    index = JSON.parse(await readFile(join(folder, INDEX), "utf8")) as Index;
    const { size } = await stat(join(folder, PIXELS));
    const fits = index.version === 1 && index.count === count && String(index.shape) === String(shape);
    if (!fits || size !== count * rowBytes(shape) || !Array.isArray(index.bad)) return undefined;
  } catch {
    return undefined;
  }
  return fromFile(folder, index);
}

function fromFile(folder: string, { count, shape, hash, bad }: Index): Pixels {
  const file = openSync(join(folder, PIXELS), "r");
  const row = new Uint8Array(rowBytes(shape));
  return {
    count,
    shape,
    hash,
    bad,
    folder,
    read(example) {
      const read = readSync(file, row, 0, row.length, example * row.length);
      if (read === row.length) return row;
      throw new DataError(
        `${folder}: the cache of images became shorter while it was read. Remove the folder and try again`,
      );
    },
    close: () => closeSync(file),
  };
}

/** A cache that is being made. @throws the system's error where nothing can be written */
export async function cacheWriter(folder: string, count: number, shape: ImageShape): Promise<PixelWriter> {
  const parent = join(folder, "..");
  await mkdir(parent, { recursive: true });
  await removeStale(parent);
  const temporary = `${folder}.tmp-${process.pid}-${randomBytes(4).toString("hex")}`;
  await mkdir(temporary);
  const handle = await open(join(temporary, PIXELS), "w");
  const bytes = rowBytes(shape);
  const abandon = async (): Promise<void> => {
    await handle.close().catch(() => undefined);
    await rm(temporary, { recursive: true, force: true });
  };
  return {
    async put(example, pixels) {
      await handle.write(pixels, 0, bytes, example * bytes);
    },
    async finish(bad) {
      await handle.truncate(count * bytes);
      await handle.sync();
      await handle.close();
      const hash = await hashOf(join(temporary, PIXELS));
      const index: Index = { version: 1, count, shape, hash, bad };
      await writeFile(join(temporary, INDEX), JSON.stringify(index), { flush: true });
      await replace(temporary, folder, index);
      return fromFile(folder, index);
    },
    abandon,
  };
}

/** Gives the finished folder its name. Another process may have been first; what does not fit is replaced. */
async function replace(temporary: string, folder: string, { count, shape }: Index): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rename(temporary, folder);
      return;
    } catch (error) {
      const other = await openCache(folder, count, shape);
      if (other !== undefined) {
        other.close();
        await rm(temporary, { recursive: true, force: true });
        return;
      }
      if (attempt === 3) throw error;
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!/^[0-9a-f]{64}\.tmp-/.test(name)) continue;
    const path = join(parent, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts && Date.now() - facts.mtimeMs > STALE) await rm(path, { recursive: true, force: true });
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest("hex");
}

/** Pixels that stay in memory. */
export function memoryWriter(count: number, shape: ImageShape): PixelWriter {
  const bytes = rowBytes(shape);
  const pixels = new Uint8Array(count * bytes);
  return {
    put: (example, row) => Promise.resolve(pixels.set(row, example * bytes)),
    finish: (bad) =>
      Promise.resolve({
        count,
        shape,
        hash: createHash("sha256").update(pixels).digest("hex"),
        bad,
        read: (example) => pixels.subarray(example * bytes, (example + 1) * bytes),
        close: () => undefined,
      }),
    abandon: () => Promise.resolve(),
  };
}
