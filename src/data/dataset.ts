/**
 * @file Data sets as plain data: uint8 images, class ids, and the constants that normalise and augment them for a
 * model.
 */

import { createHash } from "node:crypto";
import { DataError } from "../errors.ts";

/** Extents of one image. */
export type ImageShape = readonly [channels: number, height: number, width: number];

/** Images with one class each, in the order of their source: position in the set = original index. */
export interface ImageSet {
  /** `[N, C, H, W]`, planar, 0…255 */
  readonly pixels: Uint8Array;
  /** `[N]` class ids in [0, K) */
  readonly labels: Uint8Array;
  readonly shape: ImageShape;
  /** N */
  readonly count: number;
}

/**
 * Augmentation of training images: pad by `pad`, crop at random to the original size, flip left-right with probability
 * 1/2.
 */
export interface Augmentation {
  /** pixels added on each side before the random crop; 0 = no crop */
  readonly pad: number;
  /** whether to flip; must be false for symbols whose mirror image is another symbol or none */
  readonly flip: boolean;
  /**
   * content of the padding: zeros of the *normalised* image (He et al. 2016), or the mirrored image (Meta-Weight-Net)
   */
  readonly padding: "zero" | "reflect";
}

export interface Dataset {
  readonly name: string;
  /** `[K]` names in the order of the class ids */
  readonly classes: readonly string[];
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** `[C]` channel means in units of 1 (pixel 255 = 1) */
  readonly mean: readonly number[];
  /** `[C]` channel standard deviations, same units, > 0 */
  readonly std: readonly number[];
  /** default augmentation for these images; a task may override it */
  readonly augment: Augmentation;
  /** SHA-256, hex, over train pixels, train labels, test pixels, test labels */
  readonly hash: string;
}

/** Pixels in one image. */
export function imageSize([channels, height, width]: ImageShape): number {
  return channels * height * width;
}

/**
 * Checks the parts of a data set against each other and hashes them.
 *
 * @throws DataError if train and test differ in shape, an array has the wrong length or type, a label is not a
 * class, or there are more than 256 classes
 */
export function makeDataset(parts: Omit<Dataset, "hash">): Dataset {
  const { name, classes, train, test, mean, std } = parts;
  if (train.shape.join() !== test.shape.join()) {
    throw new DataError(
      `${name}: train images are [${train.shape.join(", ")}], test images [${test.shape.join(", ")}]`,
    );
  }
  if (classes.length > 256) {
    throw new DataError(`${name}: expected at most 256 classes, for a label is a byte; got ${classes.length}`);
  }
  const channels = train.shape[0];
  const isFinite = [...mean, ...std].every(Number.isFinite);
  if (mean.length !== channels || std.length !== channels || !isFinite || !std.every((s) => s > 0)) {
    throw new DataError(
      `${name}: expected ${channels} means and positive deviations, got mean [${mean.join(", ")}], std [${std.join(", ")}]`,
    );
  }
  checkImages(`${name} train`, train, classes.length);
  checkImages(`${name} test`, test, classes.length);
  const hash = sha256(train.pixels, train.labels, test.pixels, test.labels);
  return { ...parts, hash };
}

function checkImages(what: string, { pixels, labels, shape, count }: ImageSet, classes: number): void {
  // Types rule it out; a caller in JavaScript has none, and other arrays would be read as other numbers.
  for (const [part, array] of Object.entries({ pixels, labels }) as [string, unknown][]) {
    if (!(array instanceof Uint8Array)) {
      const got = typeof array === "object" && array !== null ? array.constructor.name : typeof array;
      throw new DataError(`${what}: expected ${part} as a Uint8Array, got ${got}`);
    }
  }
  if (count === 0) throw new DataError(`${what}: no images`);
  if (labels.length !== count || pixels.length !== count * imageSize(shape)) {
    throw new DataError(
      `${what}: expected ${count} labels and ${count * imageSize(shape)} pixel bytes (${count} × [${shape.join(", ")}]), ` +
        `got ${labels.length} and ${pixels.length}`,
    );
  }
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0)
    throw new DataError(`${what}: label ${labels[wrong]} of image ${wrong} is not one of ${classes} classes`);
}

/** SHA-256 of the bytes of the arrays, one after the other, as hex. */
export function sha256(...arrays: readonly ArrayBufferView[]): string {
  const hash = createHash("sha256");
  for (const array of arrays) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return hash.digest("hex");
}

/** Number of labels in each of `classes` classes: `[K]`. */
export function classCounts(labels: Uint8Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}
