/** @file A task with classes as a plain record: counts, confusion, hashes. `reweight data` prints it. */

import type { Labels } from "../data/labels.ts";
import { classCounts } from "../data/labels.ts";
import type { Classification } from "./classification.ts";
import type { LabelledWithTruth } from "./labelled.ts";
import type { DataHashes } from "./task.ts";

export interface LabelledRecord {
  readonly name: string;
  readonly classes: readonly string[];
  readonly seed: number;
  readonly counts: { readonly train: number; readonly valid: number; readonly test: number };
  /** `[K]` each; train by clean label, given by given label */
  readonly perClass: {
    readonly train: readonly number[];
    readonly given: readonly number[];
    readonly valid: readonly number[];
    readonly test: readonly number[];
  };
  readonly noise: {
    /** as written, for example "flip2:0.4" */
    readonly spec: string;
    /** share of wrong training labels */
    readonly rate: number;
    /** `[K][K]` number of examples by clean label (row) and given label (column) */
    readonly confusion: readonly (readonly number[])[];
  };
  readonly hashes: LabelledWithTruth["hashes"];
}

export interface ImageRecord extends LabelledRecord {
  readonly shape: readonly number[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly augment: { readonly pad: number; readonly flip: boolean; readonly padding: string };
}

export interface TextRecord extends LabelledRecord {
  /** Ids that there are, and merges that were asked for. */
  readonly vocabulary: { readonly size: number; readonly bpe: number; readonly sha256: string };
  /** Words (or pieces) of a training text. */
  readonly lengths: { readonly mean: number; readonly median: number; readonly max: number };
  /** Share of the test texts' words that the training text does not have. */
  readonly unseen: number;
  /** Texts that stand in the training part before, and test texts that stand in the training part. */
  readonly repeated: { readonly train: number; readonly test: number };
}

/** Lengths in pieces, `</s>` among them. */
export interface LengthFacts {
  readonly mean: number;
  readonly median: number;
  /** 99 of 100 are no longer. */
  readonly most99: number;
  readonly max: number;
}

export interface PairRecord {
  readonly name: string;
  /** Of source and target. */
  readonly languages: readonly [string, string];
  readonly seed: number;
  readonly counts: { readonly train: number; readonly valid: number; readonly test: number };
  /** Training pairs that were left out, by the first reason that holds; `pieces`: for --max-length. */
  readonly dropped: Readonly<Record<"empty" | "long" | "ratio" | "word" | "pieces", number>>;
  readonly vocabulary: { readonly size: number; readonly bpe: number; readonly sha256: string };
  readonly merges: { readonly count: number; readonly sha256: string };
  readonly lengths: { readonly source: LengthFacts; readonly target: LengthFacts };
  /** Places of both sides, pairs of a batch, and training pairs whose cheapest bucket it is. */
  readonly buckets: readonly Readonly<Record<"source" | "target" | "size" | "pairs", number>>[];
  readonly stepsPerEpoch: number;
  /** Share of the places of batches that hold a piece. */
  readonly fill: number;
  readonly noise: {
    readonly spec: string;
    /** Share of training pairs that are not what they were, and of their words that are MASK. */
    readonly rate: number;
    readonly maskedWords: number;
  };
  readonly hashes: DataHashes;
}

/** One of them for each kind of task. */
export type TaskRecord = ImageRecord | TextRecord | PairRecord;

/** Describes a task with classes; holds nothing but JSON values. */
export function recordOf({
  name,
  classes,
  seed,
  train,
  valid,
  test,
  hashes,
  ...task
}: LabelledWithTruth): LabelledRecord {
  const K = classes.length;
  return {
    name,
    classes,
    seed,
    counts: { train: train.count, valid: valid.count, test: test.count },
    perClass: {
      train: classCounts(train.clean, K),
      given: classCounts(train.labels, K),
      valid: classCounts(valid.labels, K),
      test: classCounts(test.labels, K),
    },
    noise: { spec: task.noise, rate: task.noiseRate, confusion: confusion(train.clean, train.labels, K) },
    hashes,
  };
}

/** Describes a task of images. */
export function describeTask(task: Classification): ImageRecord {
  const { shape, mean, std, augment } = task;
  return { ...recordOf(task), shape, mean, std, augment };
}

/** `[K][K]` counts: row = clean class, column = given class. */
export function confusion(clean: Labels, given: Labels, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [n, label] of clean.entries()) counts[label]![given[n]!]!++;
  return counts;
}
