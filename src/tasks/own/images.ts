/** @file Images of one's own: decoded once, read by row, divided into parts. A set need not fit in memory. */

import { dirname, join, resolve } from "node:path";
import type { Augmentation, ImageShape } from "../../data/dataset.ts";
import { readOwn } from "../../data/own/read-own.ts";
import { isPictures } from "../../data/pictures/listing.ts";
import { defaultSize, openPictures } from "../../data/pictures/open-pictures.ts";
import type { Pixels } from "../../data/pictures/store.ts";
import { DataError } from "../../errors.ts";
import type { DataSettings } from "../kind.ts";
import type { Labelled } from "../labelled.ts";
import { divideOwn } from "./divide.ts";
import { ownParts } from "./parts.ts";

/** Examples that are images of one size: position n is image `indices[n]` of `pixels`. */
export interface OwnImages extends Labelled {
  readonly shape: ImageShape;
  /** `[C]` of the training images */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly augment: Augmentation;
  readonly pixels: Pixels;
}

/** Folder of decoded images, where `--cache` names none: beside the data. */
const CACHE = ".reweight-cache";
/** Padding of the random crop, as a share of the side: 4 of 32 as He et al. have it. */
const PADDING = 1 / 8;

/**
 * Reads a source and decodes its images, or opens what an earlier run decoded.
 * @throws ConfigError for settings that do not fit it, DataError for what is wrong with it
 */
export async function prepareOwnImages(settings: DataSettings): Promise<OwnImages> {
  const { data, augment, padMode, flip, imageSize, fit, grey, badFiles, cache } = settings;
  const understood = await readOwn(data, settings);
  const { content, where } = understood;
  if (!isPictures(content))
    throw new DataError(`${where}: expected images, found ${content.kind}. It changed since the run began`);
  const size = imageSize ?? (await defaultSize(understood, content));
  const remarks = [`images of ${size} × ${size} pixels, ${grey ? "grey" : "RGB"} (--image-size, --fit ${fit})`];
  const folder = cache ?? join(dirname(resolve(data)), CACHE);
  const pixels = await openPictures(understood, content, {
    form: { size, fit, channels: grey ? 1 : 3 },
    badFiles,
    ...(cache === "none" ? {} : { cache: folder }),
    onRemark: (remark) => remarks.push(remark),
  });
  const bad = new Set(pixels.bad.map(({ example }) => example));
  if (bad.size > 0) remarks.push(`${bad.size} images cannot be read and are left out: skipped.csv`);
  const parts = ownParts(understood, settings.testShare, settings.seed, (example) => !bad.has(example));
  const told = { ...understood, remarks: [...understood.remarks, ...remarks] };
  return {
    ...divideOwn(told, parts, settings, `${pixels.hash} ${pixels.shape.join()}`),
    shape: pixels.shape,
    ...normalsOf(pixels, parts.train),
    augment: augment
      ? { pad: Math.round(size * PADDING), flip, padding: padMode }
      : { pad: 0, flip: false, padding: padMode },
    pixels,
  };
}

/** Mean and deviation of each channel over some images, in units of 1; a channel of one value has the deviation 1. */
export function normalsOf(pixels: Pixels, rows: Uint32Array): { mean: number[]; std: number[] } {
  const [channels, height, width] = pixels.shape;
  const plane = height * width;
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  for (const row of rows) {
    const image = pixels.read(row);
    for (const [c, bins] of counts.entries()) for (let i = c * plane; i < (c + 1) * plane; i++) bins[image[i]!]!++;
  }
  const total = rows.length * plane;
  const mean = counts.map((bins) => bins.reduce((sum, count, value) => sum + (count * value) / 255 / total, 0));
  const std = counts.map((bins, c) =>
    Math.sqrt(bins.reduce((sum, count, value) => sum + (count * (value / 255 - mean[c]!) ** 2) / total, 0)),
  );
  return { mean, std: std.map((deviation) => (deviation > 0 ? deviation : 1)) };
}
