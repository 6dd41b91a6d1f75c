/**
 * @file Image classification data, split and with label noise. The split precedes the noise, so that the validation set
 * is clean and disjoint from the training set.
 */

import { ConfigError } from "../errors.ts";
import type { Augmentation, Dataset, ImageSet, ImageShape } from "../data/dataset.ts";
import type { Labels } from "../data/labels.ts";
import { pickLabels } from "../data/labels.ts";
import type { NoisyLabels } from "../data/noise/noise.ts";
import { noisyLabels } from "../data/noise/noise.ts";
import { parseNoise } from "../data/noise/parse.ts";
import { divideTrusted, limitExamples, splitValidation } from "../data/split.ts";

/** Examples of an image set: position n in 0 … count − 1 is original image `indices[n]`. */
export interface Examples {
  /** `[N, C, H, W]` of the *whole* source set, shared and not to be written to */
  readonly pixels: Uint8Array;
  /** `[n]` original indices, ascending */
  readonly indices: Uint32Array;
  /** `[n]` labels to use; for training examples the given, possibly wrong ones */
  readonly labels: Labels;
  /** n */
  readonly count: number;
}

export interface TrainExamples extends Examples {
  /** `[n]` true labels: for measuring only, never for training */
  readonly clean: Labels;
  /** `[n]` 1 for a wrong given label */
  readonly mask: Uint8Array;
}

export interface ValidExamples extends Examples {
  /** `[n]` labels with the noise of the task: only for methods that learn from annotated examples */
  readonly givenLabels: Labels;
}

/** Parts of a classification task, with their noise and hashes. */
export interface Classification {
  readonly name: string;
  readonly classes: readonly string[];
  readonly shape: ImageShape;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly augment: Augmentation;
  readonly seed: number;
  /** the noise setting in normal form, for example "flip2:0.4" */
  readonly noise: string;
  /** share of wrong training labels, in [0, 1] */
  readonly noiseRate: number;
  /** `[K, K]` transition matrix that the labels were drawn from; absent for human labels */
  readonly matrix: Float64Array | undefined;
  readonly train: TrainExamples;
  /** trusted examples that guide and validate, and are not trained on */
  readonly valid: ValidExamples;
  /** trusted examples that are trained on, with their right labels */
  readonly trusted: Examples;
  readonly test: Examples;
  /** SHA-256, hex */
  readonly hashes: { readonly dataset: string; readonly split: string; readonly noise: string };
}

export interface ClassificationOptions {
  readonly dataset: Dataset;
  /** clean, class-balanced images taken out of the training set; default 0 */
  readonly validSize?: number;
  /** share of the validation images that is trained on, with right labels, in [0, 1]; default 0 */
  readonly trainOnTrusted?: number;
  /** such as "flip2:0.4"; default "none" */
  readonly noise?: string;
  /** maximum number of training (test) images, in the set's class proportions */
  readonly trainLimit?: number;
  readonly testLimit?: number;
  /** seed of the noise; default `seed` */
  readonly noiseSeed?: number;
  /** an integer in [0, 2³²); split, noise, subsets, shuffles and crops use separate streams of it */
  readonly seed: number;
  /** folder of the CIFAR-N label files; default "cifar-n" */
  readonly cifarnDir?: string;
  /** changes to the data set's own augmentation */
  readonly augment?: Partial<Augmentation>;
}

/**
 * Assembles a task. The validation set comes from the whole training set, so it does not depend on `trainLimit`. The
 * noise is drawn for each original index, so it does not depend on the split.
 *
 * @throws ConfigError if settings do not fit the data, DataError if label files are missing or wrong
 */
export async function prepareClassification(options: ClassificationOptions): Promise<Classification> {
  const { dataset, validSize = 0, trainOnTrusted = 0, trainLimit, testLimit, seed, noiseSeed = seed } = options;
  for (const [name, value] of Object.entries({ seed, noiseSeed })) {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32)
      throw new ConfigError(`${name}: expected an integer in [0, 2³²), got ${value}`);
  }
  const { name, classes, train, test } = dataset;
  const K = classes.length;
  const augment = checkAugment({ ...dataset.augment, ...options.augment }, train.shape);

  const split = splitValidation(train.labels, K, validSize, seed);
  const trainIndices = limitExamples(split.train, train.labels, K, trainLimit, seed, "train");
  const testIndices = limitExamples(Uint32Array.from(test.labels.keys()), test.labels, K, testLimit, seed, "test");

  const { trained, apart } = divideTrusted(split.valid, train.labels, K, trainOnTrusted, seed);

  const setting = parseNoise(options.noise ?? "none");
  const noise = await setting.fit(dataset, { seed: noiseSeed, folder: options.cifarnDir ?? "cifar-n" });
  const given = noise.corrupt(trainIndices, "noise");

  return {
    name,
    classes,
    shape: train.shape,
    mean: dataset.mean,
    std: dataset.std,
    augment,
    seed,
    noise: setting.text,
    noiseRate: given.rate,
    matrix: noise.matrix,
    train: trainExamples(examples(train, trainIndices), given),
    valid: { ...examples(train, apart), givenLabels: noise.corrupt(apart, "validation noise").labels },
    trusted: examples(train, trained),
    test: examples(test, testIndices),
    hashes: { dataset: dataset.hash, split: split.hash, noise: given.hash },
  };
}

/**
 * Annotated part: the validation images with noisy given labels, as if a sample of a noisy set had been labelled again.
 *
 * @throws ConfigError unless some of the given labels are wrong and some are right
 */
export function annotated({ valid, noise }: Pick<Classification, "valid" | "noise">): TrainExamples {
  const given = noisyLabels(valid.labels, valid.indices, valid.givenLabels);
  const { rate } = given;
  if (rate === 0 || rate === 1) {
    throw new ConfigError(
      `--noise: expected right and wrong labels among the validation examples, to learn what tells them apart; with --noise ${noise} ` +
        `${rate === 0 ? "none" : "each"} of ${valid.count} is wrong. Choose another noise, or a larger --valid`,
    );
  }
  return trainExamples(valid, given);
}

/** Clean examples with their given labels. */
function trainExamples(clean: Examples, { labels, mask }: NoisyLabels): TrainExamples {
  return { ...clean, labels, clean: clean.labels, mask };
}

const PADDINGS: readonly Augmentation["padding"][] = ["zero", "reflect"];

function checkAugment(augment: Augmentation, [, height, width]: ImageShape): Augmentation {
  const { pad, flip, padding } = augment;
  if (!Number.isInteger(pad) || pad < 0 || pad >= Math.min(height, width)) {
    throw new ConfigError(
      `augment: expected pad to be an integer from 0 to ${Math.min(height, width) - 1}, got ${pad}`,
    );
  }
  // Types keep these apart; a caller in plain JavaScript has none.
  if (typeof flip !== "boolean")
    throw new ConfigError(`augment: expected flip to be true or false, got ${String(flip)}`);
  if (!PADDINGS.includes(padding))
    throw new ConfigError(`augment: expected padding to be one of ${PADDINGS.join(", ")}, got ${String(padding)}`);
  return augment;
}

function examples({ pixels, labels }: ImageSet, indices: Uint32Array): Examples {
  return { pixels, indices, labels: pickLabels(labels, indices), count: indices.length };
}
