/**
 * @file Image classification data, split and with label noise. The split precedes the noise, so that the validation set
 * is clean and disjoint from the training set.
 */

import { ConfigError } from "../errors.ts";
import { loadHumanLabels } from "../data/noise/cifar-n.ts";
import type { Augmentation, Dataset, ImageSet, ImageShape } from "../data/dataset.ts";
import type { NoiseSpec } from "../data/noise/noise-spec.ts";
import { formatNoise, parseNoise } from "../data/noise/noise-spec.ts";
import type { NoisyLabels } from "../data/noise/noise.ts";
import { corrupt, noisyLabels, transitionMatrix } from "../data/noise/noise.ts";
import { limitExamples, splitValidation } from "../data/split.ts";

/** Examples of an image set: position n in 0 … count − 1 is original image `indices[n]`. */
export interface Examples {
  /** `[N, C, H, W]` of the *whole* source set, shared and not to be written to */
  readonly pixels: Uint8Array;
  /** `[n]` original indices, ascending */
  readonly indices: Uint32Array;
  /** `[n]` labels to use; for training examples the given, possibly wrong ones */
  readonly labels: Uint8Array;
  /** n */
  readonly count: number;
}

export interface TrainExamples extends Examples {
  /** `[n]` true labels: for measuring only, never for training */
  readonly clean: Uint8Array;
  /** `[n]` 1 for a wrong given label */
  readonly mask: Uint8Array;
}

export interface ValidExamples extends Examples {
  /** `[n]` labels with the noise of the task: only for methods that learn from annotated examples */
  readonly givenLabels: Uint8Array;
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
  /** the noise setting as written, for example "flip2:0.4" */
  readonly noise: string;
  /** share of wrong training labels, in [0, 1] */
  readonly noiseRate: number;
  /** `[K, K]` transition matrix that the labels were drawn from; absent for human labels */
  readonly matrix: Float64Array | undefined;
  readonly train: TrainExamples;
  readonly valid: ValidExamples;
  readonly test: Examples;
  /** SHA-256, hex */
  readonly hashes: { readonly dataset: string; readonly split: string; readonly noise: string };
}

export interface ClassificationOptions {
  readonly dataset: Dataset;
  /** clean, class-balanced images taken out of the training set; default 0 */
  readonly validSize?: number;
  /** default "none" */
  readonly noise?: string | NoiseSpec;
  /** maximum number of training (test) images, in the set's class proportions */
  readonly trainLimit?: number;
  readonly testLimit?: number;
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
  const { dataset, validSize = 0, trainLimit, testLimit, seed } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new ConfigError(`seed: expected an integer in [0, 2³²), got ${seed}`);
  const { name, classes, train, test } = dataset;
  const K = classes.length;
  const augment = checkAugment({ ...dataset.augment, ...options.augment }, train.shape);

  const split = splitValidation(train.labels, K, validSize, seed);
  const trainIndices = limitExamples(split.train, train.labels, K, trainLimit, seed, "train");
  const testIndices = limitExamples(Uint32Array.from(test.labels.keys()), test.labels, K, testLimit, seed, "test");

  const { noise = "none" } = options;
  const spec = parseNoise(typeof noise === "object" ? formatNoise(noise) : noise);
  const relabel = await labelling(spec, dataset, seed, options.cifarnDir ?? "cifar-n");
  const clean = pick(train.labels, trainIndices);
  const given = relabel(clean, trainIndices, "noise");
  const valid = examples(train, split.valid);

  return {
    name,
    classes,
    shape: train.shape,
    mean: dataset.mean,
    std: dataset.std,
    augment,
    seed,
    noise: formatNoise(spec),
    noiseRate: given.rate,
    matrix: given.matrix,
    train: { ...examples(train, trainIndices), labels: given.labels, clean, mask: given.mask },
    valid: { ...valid, givenLabels: relabel(valid.labels, split.valid, "validation noise").labels },
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
  const { labels, mask, rate } = noisyLabels(valid.labels, valid.indices, valid.givenLabels, undefined);
  if (rate === 0 || rate === 1) {
    throw new ConfigError(
      `--noise: expected right and wrong labels among the validation examples, to learn what tells them apart; with --noise ${noise} ` +
        `${rate === 0 ? "none" : "each"} of ${valid.count} is wrong. Choose another noise, or a larger --valid`,
    );
  }
  return { ...valid, labels, clean: valid.labels, mask };
}

/** Map from clean labels of training images to given ones. Human labels are read; others are drawn from the stream. */
type Labelling = (clean: Uint8Array, indices: Uint32Array, stream: "noise" | "validation noise") => NoisyLabels;

async function labelling(
  spec: NoiseSpec,
  { name, classes, train }: Dataset,
  seed: number,
  cifarnDir: string,
): Promise<Labelling> {
  if (spec.kind === "cifarn") {
    const human = await loadHumanLabels(cifarnDir, spec.set, { name, classes: classes.length, labels: train.labels });
    return (clean, indices) => noisyLabels(clean, indices, pick(human, indices), undefined);
  }
  const matrix = transitionMatrix(spec, name, classes.length, seed);
  return (clean, indices, stream) => corrupt(clean, indices, matrix, seed, stream);
}

function checkAugment(augment: Augmentation, [, height, width]: ImageShape): Augmentation {
  const { pad } = augment;
  if (!Number.isInteger(pad) || pad < 0 || pad >= Math.min(height, width)) {
    throw new ConfigError(
      `augment: expected pad to be an integer from 0 to ${Math.min(height, width) - 1}, got ${pad}`,
    );
  }
  return augment;
}

function examples({ pixels, labels }: ImageSet, indices: Uint32Array): Examples {
  return { pixels, indices, labels: pick(labels, indices), count: indices.length };
}

function pick(labels: Uint8Array, indices: Uint32Array): Uint8Array {
  return Uint8Array.from(indices, (index) => labels[index]!);
}
