/** @file From the images of a source to pixels of one size, decoded once. */

import { createHash } from "node:crypto";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { firstOf, shortened } from "../../printable.ts";
import { median } from "../../statistics.ts";
import type { ImageShape } from "../dataset.ts";
import { readDataFile } from "../formats/read-file.ts";
import { textAt } from "../tables/column.ts";
import type { Understood } from "../own/understood.ts";
import type { PictureForm } from "./decode.ts";
import { decoderVersion, sizeOf } from "./decode.ts";
import type { PictureContent } from "./listing.ts";
import { contentKey, pictures } from "./listing.ts";
import { PictureError } from "./sniff.ts";
import type { BadPicture, Pixels, PixelWriter } from "./store.ts";
import { cacheWriter, memoryWriter, openCache } from "./store.ts";

export interface PictureOptions {
  readonly form: PictureForm;
  /** `stop`: one error for all bad files; `skip`: they are listed, up to 5 % of all */
  readonly badFiles: "stop" | "skip";
  /** folder of caches; absent for none: pixels stay in memory */
  readonly cache?: string;
  /** gets one sentence for what was decided */
  readonly onRemark?: (remark: string) => void;
  /** gets the number of images decoded so far */
  readonly onProgress?: (done: number, of: number) => void;
}

/** Share of bad files beyond which a set is not what it seems. */
const MOST_BAD = 0.05;
/** Share of the machine's memory that pixels may take where no cache can be written. */
const SHARE_OF_MEMORY = 0.25;

/**
 * Decodes all images, or opens the cache of an earlier time. Memory does not grow with their number, unless there is no
 * cache.
 * @throws DataError for missing files, for bad ones, and if pixels fit neither on the disk nor in memory
 */
export async function openPictures(
  understood: Understood,
  content: PictureContent,
  options: PictureOptions,
): Promise<Pixels> {
  const { size, fit, channels } = options.form;
  const shape: ImageShape = [channels, size, size];
  const count = understood.ids.length;
  const key = createHash("sha256")
    .update(`${await contentKey(understood, content)} ${size} ${fit} ${channels} ${await decoderVersion()}`)
    .digest("hex");
  const folder = options.cache === undefined ? undefined : join(options.cache, key);
  const known = folder === undefined ? undefined : await openCache(folder, count, shape);
  if (known !== undefined) {
    judge(understood, known.bad, options.badFiles);
    return known;
  }
  const writer = await writerFor(folder, count, shape, options.onRemark);
  try {
    const bad = await decodeAll(understood, content, options, writer);
    judge(understood, bad, options.badFiles);
    return await writer.finish(bad);
  } catch (error) {
    await writer.abandon();
    throw writeError(folder, error);
  }
}

async function writerFor(
  folder: string | undefined,
  count: number,
  shape: ImageShape,
  onRemark: PictureOptions["onRemark"],
): Promise<PixelWriter> {
  const bytes = count * shape[0] * shape[1] * shape[2];
  const fits = bytes <= SHARE_OF_MEMORY * totalmem();
  if (folder !== undefined) {
    try {
      return await cacheWriter(folder, count, shape);
    } catch (error) {
      const where = join(folder, "..");
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      if (!fits) {
        throw new DataError(
          `${where}: the cache of images cannot be written there (${code}). --cache DIR names another folder`,
          {
            cause: error,
          },
        );
      }
      onRemark?.(`the cache of images cannot be written to ${where} (${code}): they stay in memory this time`);
    }
  }
  if (fits) return memoryWriter(count, shape);
  throw new DataError(`${bytes} bytes of images do not fit in a quarter of the memory. Allow a cache: --cache DIR`);
}

/** Decodes with as many images under way as keep the cores busy. */
async function decodeAll(
  understood: Understood,
  content: PictureContent,
  { form, onProgress }: PictureOptions,
  writer: PixelWriter,
): Promise<BadPicture[]> {
  const bad: BadPicture[] = [];
  const count = understood.ids.length;
  const atOnce = 2 * availableParallelism();
  const running = new Set<Promise<void>>();
  let done = 0;
  let failed: { readonly error: unknown } | undefined;
  for await (const picture of pictures(understood, content)) {
    const { example, name } = picture;
    const task = picture
      .decode(form)
      .then(
        (pixels) => writer.put(example, pixels),
        (error: unknown) => {
          if (!(error instanceof PictureError)) throw error;
          bad.push({ example, name, reason: error.message });
        },
      )
      .catch((error: unknown) => void (failed ??= { error }))
      .finally(() => {
        running.delete(task);
        done++;
        onProgress?.(done, count);
      });
    running.add(task);
    if (running.size >= atOnce) await Promise.race(running);
    if (failed) break;
  }
  await Promise.all(running);
  if (failed) throw failed.error;
  if (done !== count)
    throw new DataError(`${understood.where}: ${done} images for ${count} examples: it changed while it was read`);
  return bad.sort((a, b) => a.example - b.example);
}

/** @throws DataError for bad files, by the policy */
function judge({ where, ids }: Understood, bad: readonly BadPicture[], policy: "stop" | "skip"): void {
  if (bad.length === 0 || (policy === "skip" && bad.length <= MOST_BAD * ids.length)) return;
  const listed = firstOf(
    bad.map(({ name, reason }) => `${shortened(name, 120)} ${reason}`),
    10,
    "; ",
  );
  const count = `${bad.length} of ${ids.length} images cannot be read`;
  const remedy =
    policy === "stop"
      ? "--bad-files skip passes over them"
      : "more than 5 % are not passed over: is this the right folder?";
  throw new DataError(`${where}: ${count}: ${listed}. ${remedy}`);
}

function writeError(folder: string | undefined, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (folder === undefined || !["ENOSPC", "EDQUOT", "EIO", "EROFS"].includes(code ?? "")) return error;
  return new DataError(
    `${join(folder, "..")}: the cache of images cannot be written (${code}). Nothing is left of it. Make room, or name another folder: --cache DIR`,
    {
      cause: error,
    },
  );
}

/** Images whose sizes decide the default size. */
const SAMPLE = 200;

/**
 * The default size: 32 where the median short side of up to 200 images is at most 48, else 64. Images that cannot be
 * read do not count.
 */
export async function defaultSize(understood: Understood, content: PictureContent): Promise<number> {
  if (content.kind === "pixels") return Math.min(content.shape[0], content.shape[1]) <= 48 ? 32 : 64;
  const sides: number[] = [];
  const look = async (bytes: Uint8Array | undefined): Promise<void> => {
    const size = bytes && (await sizeOf(bytes).catch(() => undefined));
    if (size) sides.push(Math.min(...size));
  };
  if (content.kind === "packed") {
    let seen = 0;
    for await (const { bytes } of content.images()) {
      await look(bytes);
      if (++seen === SAMPLE) break;
    }
  } else {
    const step = Math.max(1, Math.floor(understood.rows.length / SAMPLE));
    for (let n = 0; n < understood.rows.length; n += step) {
      const path = join(content.root, textAt(content.paths, understood.rows[n]!));
      await look(await readDataFile(path).catch(() => undefined));
    }
  }
  return (median(sides) ?? 64) <= 48 ? 32 : 64;
}
