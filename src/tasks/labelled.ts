/**
 * @file A set of examples with one class each, split and with label noise, whatever the examples are. The split precedes
 * the noise, so that the validation set is clean and disjoint from the training set.
 */

import { ConfigError } from "../errors.ts";
import { KnownLabels } from "../data/own/known-labels.ts";
import type { Understood } from "../data/own/understood.ts";
import type { Labels } from "../data/labels.ts";
import { pickLabels } from "../data/labels.ts";
import type { LabelledSet, NoisyLabels } from "../data/noise/noise.ts";
import { noisyLabels } from "../data/noise/noise.ts";
import { parseNoise } from "../data/noise/parse.ts";
import { divideTrusted, limitExamples, splitApart, splitValidation } from "../data/split.ts";
import type { DataHashes } from "./task.ts";

/** Examples of a set: position n in 0 … count − 1 is row `indices[n]` of the set. */
export interface Examples {
  /** `[n]` original indices, ascending */
  readonly indices: Uint32Array;
  /** `[n]` labels to use; for training examples the given, possibly wrong ones */
  readonly labels: Labels;
  /** n */
  readonly count: number;
}

/** Examples whose given labels may be wrong. */
export interface JudgedExamples extends Examples {
  /** `[n]` right labels, as far as somebody knows them: for measuring only, never for training */
  readonly right: KnownLabels;
}

export interface TrainExamples extends JudgedExamples {
  /** `[n]` true labels: for measuring only, never for training */
  readonly clean: Labels;
  /** `[n]` 1 for a wrong given label */
  readonly mask: Uint8Array;
}

export interface ValidExamples extends Examples {
  /** `[n]` labels with the noise of the task: only for methods that learn from annotated examples */
  readonly givenLabels: Labels;
  /** Positions whose given label is known; absent where all are. */
  readonly annotated?: Uint32Array;
}

/** Parts of a classification task, with their noise and hashes. */
export interface Labelled {
  readonly name: string;
  readonly classes: readonly string[];
  readonly seed: number;
  /** the noise setting in normal form, for example "flip2:0.4" */
  readonly noise: string;
  /** share of wrong training labels, in [0, 1]; null where the right label of some is unknown */
  readonly noiseRate: number | null;
  /** `[K, K]` transition matrix that the labels were drawn from; absent for labels that were not drawn */
  readonly matrix: Float64Array | undefined;
  readonly train: JudgedExamples;
  /** trusted examples that guide and validate, and are not trained on */
  readonly valid: ValidExamples;
  /** trusted examples that are trained on, with their right labels */
  readonly trusted: Examples;
  readonly test: Examples;
  /** data of one's own, whose examples are the indices */
  readonly source?: Understood;
  /** SHA-256, hex */
  readonly hashes: DataHashes;
}

/** The same where noise was added to labels that are right. */
export interface LabelledWithTruth extends Labelled {
  readonly noiseRate: number;
  readonly train: TrainExamples;
}

/** What a division reads of a set: no inputs. */
export interface DivisibleSet extends LabelledSet {
  readonly test: { readonly labels: Labels };
  /** Rows of `train`, ascending, that the set itself keeps for validation. */
  readonly apart?: Uint32Array;
  /** SHA-256, hex */
  readonly hash: string;
}

export interface DivisionOptions {
  /** clean, class-balanced examples taken out of the training set, or some of those that the set keeps; default 0 */
  readonly validSize?: number;
  /** share of the validation examples that is trained on, with right labels, in [0, 1]; default 0 */
  readonly trainOnTrusted?: number;
  /** such as "flip2:0.4"; default "none" */
  readonly noise?: string;
  /** maximum number of training (test) examples, in the set's class proportions */
  readonly trainLimit?: number;
  readonly testLimit?: number;
  /** seed of the noise; default `seed` */
  readonly noiseSeed?: number;
  /** an integer in [0, 2³²); split, noise, subsets, shuffles and crops use separate streams of it */
  readonly seed: number;
  /** folder of the CIFAR-N label files; default "cifar-n" */
  readonly cifarnDir?: string;
}

/**
 * Divides a set. The validation set comes from the whole training set, so it does not depend on `trainLimit`. The noise
 * is drawn for each original index, so it does not depend on the split.
 *
 * @throws ConfigError if settings do not fit the data, DataError if label files are missing or wrong
 */
export async function divide(set: DivisibleSet, options: DivisionOptions): Promise<LabelledWithTruth> {
  const { validSize = 0, trainOnTrusted = 0, trainLimit, testLimit, seed, noiseSeed = seed } = options;
  for (const [name, value] of Object.entries({ seed, noiseSeed })) {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32)
      throw new ConfigError(`${name}: expected an integer in [0, 2³²), got ${value}`);
  }
  const { name, classes, train, test, apart: kept } = set;
  const K = classes.length;

  const split = kept
    ? splitApart(set.name, train.labels, K, kept, validSize, seed)
    : splitValidation(train.labels, K, validSize, seed);
  const trainIndices = limitExamples(split.train, train.labels, K, trainLimit, seed, "train");
  const testIndices = limitExamples(Uint32Array.from(test.labels.keys()), test.labels, K, testLimit, seed, "test");

  const { trained, apart } = divideTrusted(split.valid, train.labels, K, trainOnTrusted, seed);

  const setting = parseNoise(options.noise ?? "none");
  const noise = await setting.fit(set, { seed: noiseSeed, folder: options.cifarnDir ?? "cifar-n" });
  const given = noise.corrupt(trainIndices, "noise");

  return {
    name,
    classes,
    seed,
    noise: setting.text,
    noiseRate: given.rate,
    matrix: noise.matrix,
    train: trainExamples(examples(train.labels, trainIndices), given),
    valid: { ...examples(train.labels, apart), givenLabels: noise.corrupt(apart, "validation noise").labels },
    trusted: examples(train.labels, trained),
    test: examples(test.labels, testIndices),
    hashes: { dataset: set.hash, split: split.hash, noise: given.hash },
  };
}

/**
 * Annotated part: the validation examples with noisy given labels, as if a sample of a noisy set had been labelled again.
 *
 * @throws ConfigError unless some of the given labels are wrong and some are right
 */
export function annotated<V extends ValidExamples>({
  valid,
  noise,
}: {
  readonly valid: V;
  readonly noise: string;
}): V & TrainExamples {
  const known = valid.annotated ? picked(valid, valid.annotated) : valid;
  const given = noisyLabels(known.labels, known.indices, known.givenLabels);
  const { rate } = given;
  if (rate === 0 || rate === 1) {
    throw new ConfigError(
      `--noise: expected right and wrong labels among the validation examples, to learn what tells them apart; with --noise ${noise} ` +
        `${rate === 0 ? "none" : "each"} of ${known.count} is wrong. Choose another noise, or a larger --valid`,
    );
  }
  return trainExamples(known, given);
}

/** Some of the validation examples. */
const picked = <V extends ValidExamples>(valid: V, positions: Uint32Array): V => ({
  ...valid,
  indices: positions.map((position) => valid.indices[position]!),
  labels: pickLabels(valid.labels, positions),
  givenLabels: pickLabels(valid.givenLabels, positions),
  count: positions.length,
});

/**
 * `[n]` 1 for a wrong given label, 0 for a right one, undefined where nobody knows.
 * @returns undefined where no right label is known
 */
export function wrongLabels({ labels, right }: JudgedExamples): (number | undefined)[] | undefined {
  if (right.known === 0) return undefined;
  return Array.from(labels, (label, position) => {
    const known = right.at(position);
    return known === undefined ? undefined : Number(known !== label);
  });
}

/** Clean examples with their given labels. */
function trainExamples<E extends Examples>(clean: E, { labels, mask }: NoisyLabels): E & TrainExamples {
  return { ...clean, labels, clean: clean.labels, mask, right: KnownLabels.all(clean.labels) };
}

const examples = (labels: Labels, indices: Uint32Array): Examples => ({
  indices,
  labels: pickLabels(labels, indices),
  count: indices.length,
});
