/** @file The contract of label noise: from a name on the command line to given labels. */

import type { Dataset } from "../dataset.ts";
import { sha256 } from "../dataset.ts";
import type { Labels } from "../labels.ts";
import type { NamedModel } from "./model-name.ts";

/** A kind of noise. Settings name it: `flip2:0.4` is the model `flip2` with the argument `0.4`. */
export interface NoiseModel extends NamedModel {
  /**
   * Reads the part after the colon.
   *
   * @param argument `undefined` where there is no colon
   * @throws ConfigError if it is not what the form says
   */
  parse(argument: string | undefined): NoiseSetting;
}

/** Noise as a user sets it, before it meets a data set. */
export interface NoiseSetting {
  /** In normal form: `flip2:0.4`. */
  readonly text: string;
  /** Whether label files are read, from a folder that the user names. */
  readonly readsFiles?: boolean;
  /** @throws ConfigError if the data set has no such noise, DataError if files are missing or wrong */
  fit(data: LabelledSet, options: FitOptions): Noise | Promise<Noise>;
}

/** Part of a data set that noise reads. Its training labels are clean. */
export type LabelledSet = Pick<Dataset, "name" | "classes" | "flipPairs"> & {
  readonly train: Pick<Dataset["train"], "labels"> & {
    /** `[N]` labels that the examples were given in reality, where they are known. */
    readonly given?: Labels;
  };
};

export interface FitOptions {
  readonly seed: number;
  /** folder of the label files, for settings that read some */
  readonly folder: string;
}

/** Random streams of the draws: validation examples have one of their own. */
export type NoiseStream = "noise" | "validation noise";

/** Noise on one data set. The given label of an example depends on (seed, stream, original index) alone. */
export interface Noise {
  /** `[K, K]` row-stochastic, row i = P(given | clean = i); absent where labels were not drawn from one */
  readonly matrix?: Float64Array;
  /** Given labels of the training images at `indices` (original ones). */
  corrupt(indices: Uint32Array, stream: NoiseStream): NoisyLabels;
}

export interface NoisyLabels {
  /** `[n]` given labels, to train on */
  readonly labels: Labels;
  /** `[n]` 1 if the given label differs from the clean one, else 0 */
  readonly mask: Uint8Array;
  /** share of ones in the mask: the effective noise rate, in [0, 1] */
  readonly rate: number;
  /** SHA-256 over the original indices (uint32, little-endian) and the given labels */
  readonly hash: string;
}

/** Compares given with clean labels and hashes them. */
export function noisyLabels(clean: Labels, indices: Uint32Array, given: Labels): NoisyLabels {
  const mask = Uint8Array.from(given, (label, n) => (label === clean[n] ? 0 : 1));
  const wrong = mask.reduce((sum, flag) => sum + flag, 0);
  return { labels: given, mask, rate: given.length === 0 ? 0 : wrong / given.length, hash: sha256(indices, given) };
}
