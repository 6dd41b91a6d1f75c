/**
 * @file The interface of tasks: data that were split and given noise, what is predicted, and how examples
 * become batches. A task holds these together and has no behaviour of its own.
 */

import type { Augmentation, ImageShape } from "../data/dataset.ts";
import type { ColumnEncoding } from "../data/own/features.ts";
import type { KnownNoise } from "../data/own/understood.ts";
import type { Pairs } from "../data/pairs/pairs.ts";
import type { Spelling } from "../data/pairs/spelling.ts";
import type { StudentForm } from "../models/student.ts";
import type { Objective } from "../objectives/objective.ts";
import type { BatchOptions, Batches, PartName } from "./batches.ts";

export interface Part {
  readonly count: number;
}

export interface TrainPart extends Part {
  /** `[count]` 1 where the given label is wrong, 0 where it is right, undefined where nobody knows; absent where nobody knows any. */
  readonly wrong?: Verdicts;
}

/** Of each example: 1 for a wrong label, 0 for a right one, undefined where nobody knows. */
export type Verdicts = ArrayLike<number | undefined>;

/** Stands in a column for a label that nobody knows. */
export const UNKNOWN = "";

/** The class in a column of `describe`; null where it is unknown. */
export const classIn = (value: string | number | undefined): number | null =>
  value === undefined || value === UNKNOWN ? null : Number(value);

export interface ValidPart extends Part {
  /** Examples of each class, in the objective's order; absent for a task without classes. */
  readonly perClass?: readonly number[];
}

/** Clean examples that guide a teacher: those that are not trained on while there are any. */
export const guidesOf = ({ valid, trusted }: { readonly valid: ValidPart; readonly trusted: ValidPart }): ValidPart =>
  valid.count > 0 ? valid : trusted;

/** Training examples that can be looked at. */
export interface Pictures {
  readonly shape: ImageShape;
  /** `[C, H, W]`, 0…255 */
  readonly of: (position: number) => Uint8Array;
}

/** Pairs of sentences as text, for students that translate. */
export interface Sentences {
  readonly spelling: Pick<Spelling, "encode" | "dictionary">;
  readonly valid: Pairs;
  readonly test: Pairs;
}

/** What a run's record tells of data of one's own. */
export interface Source {
  readonly path: string;
  readonly format: string;
  /** What an example is. */
  readonly content: string;
  readonly classes: readonly string[];
  /** Training examples whose right label is known, for measuring. */
  readonly known: number;
  /** How often given labels were wrong where somebody checked. */
  readonly noise?: KnownNoise;
  /** What images became: `[C, H, W]`, and what normalises and varies them. */
  readonly images?: {
    readonly shape: ImageShape;
    readonly mean: readonly number[];
    readonly std: readonly number[];
    readonly augment: Augmentation;
    /** Files that could not be read. */
    readonly skipped: number;
  };
  /** What was done to columns of features; absent for images. */
  readonly columns?: readonly ColumnEncoding[];
  /** Sentences to be told once. */
  readonly remarks: readonly string[];
}

/** What a teacher's numbers per class belong to, in their order: the classes, or the dictionary of tokens as a whole. */
export const predicted = ({ objective, hashes }: Pick<Task, "objective" | "hashes">): string[] => {
  if (objective.classes) return [...objective.classes];
  return hashes.vocabulary === undefined ? [] : [`the tokens of dictionary ${hashes.vocabulary.slice(0, 12)}…`];
};

/** What data are told apart by, SHA-256, hex. */
export interface DataHashes {
  readonly dataset: string;
  readonly split: string;
  readonly noise: string;
  /** Of the dictionary that numbers stand for in texts; absent where examples are no texts. */
  readonly vocabulary?: string;
}

/** What a student and a method need to know of a task. */
export interface Aim {
  readonly objective: Objective;
  readonly form: StudentForm;
  /** Examples of the largest batch, where the data decide it and not the settings. */
  readonly rows?: number;
}

export interface Task extends Aim {
  /** Name of the data set. */
  readonly name: string;
  readonly seed: number;
  readonly parts: {
    readonly train: TrainPart;
    readonly valid: ValidPart;
    /** Trusted examples that are trained on. */
    readonly trusted: ValidPart;
    readonly test: Part;
  };
  readonly noise: {
    /** As written: `flip2:0.4`. */
    readonly text: string;
    /** Share of training examples with a wrong label, in [0, 1]; null where nobody knows. */
    readonly rate: number | null;
  };
  /** SHA-256, hex. */
  readonly hashes: DataHashes;
  /** @throws ConfigError for sizes that the data do not have */
  batches(options: BatchOptions): Batches;
  /**
   * The validation examples as training part, with labels as noisy as those of training.
   * @throws ConfigError where none is wrong, or all are
   */
  annotated(): Task;
  /** The same data in the order and with the variations of another seed. */
  reseeded(seed: number): Task;
  /** An example in a few columns, for weights.csv: its index, its labels. */
  describe(part: PartName, position: number): Readonly<Record<string, string | number>>;
  /** Facts about data of one's own; absent for data sets by name. */
  readonly source?: Source;
  /** Examples that were left out since they could not be read; absent where none can be. */
  readonly skipped?: readonly { readonly id: string; readonly reason: string }[];
  /** Ends the reading of examples, where a file is open for that. */
  readonly close?: () => void;
  /** Training examples as pictures, where they are images. */
  readonly pictures?: Pictures;
  /** Clean examples as text, where they are sentence pairs. */
  readonly sentences?: Sentences;
}
