/**
 * @file Data sets as plain data: uint8 images, class ids, and the constants that normalise and augment them for a
 * model.
 */

import { createHash } from "node:crypto";
import { checkDataset } from "./check-dataset.ts";
import type { Labels } from "./labels.ts";
import { labelsFor } from "./labels.ts";

/** Extents of one image. */
export type ImageShape = readonly [channels: number, height: number, width: number];

/** Images with one class each, in the order of their source: position in the set = original index. */
export interface ImageSet {
  /** `[N, C, H, W]`, planar, 0…255 */
  readonly pixels: Uint8Array;
  /** `[N]` class ids in [0, K) */
  readonly labels: Labels;
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
  /** `[K]` the two classes that each class flips to under flip2 noise; drawn from the seed where absent */
  readonly flipPairs?: readonly (readonly [number, number])[];
  /** SHA-256, hex, over train pixels, train labels, test pixels, test labels */
  readonly hash: string;
}

/** Pixels in one image. */
export function imageSize([channels, height, width]: ImageShape): number {
  return channels * height * width;
}

/**
 * Checks the parts of a data set and hashes them. Labels of up to 256 classes become bytes, those of more int32.
 *
 * @throws DataError naming the part that is of another type, length or range than expected
 */
export function makeDataset(parts: Omit<Dataset, "hash">): Dataset {
  checkDataset(parts);
  const K = parts.classes.length;
  const train = { ...parts.train, labels: labelsFor(K, parts.train.labels) };
  const test = { ...parts.test, labels: labelsFor(K, parts.test.labels) };
  return { ...parts, train, test, hash: sha256(train.pixels, train.labels, test.pixels, test.labels) };
}

/** SHA-256 of the bytes of the arrays, one after the other, as hex. */
export function sha256(...arrays: readonly ArrayBufferView[]): string {
  const hash = createHash("sha256");
  for (const array of arrays) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return hash.digest("hex");
}
