/** @file The interface of objectives: what is predicted, and how well. Equations and their sums, without a network. */

import type { Value } from "../graph/value.ts";
import type { Answer, Internals } from "../models/student.ts";
import type { Tensor } from "../tensor.ts";
import type { Arrays } from "../tree.ts";
import type { Feature } from "./features.ts";
import type { View } from "./view.ts";

/** One number that tells how good a student is. */
export interface Score {
  readonly value: number;
  readonly unit: "share" | "nats" | "points";
  readonly better: "lower" | "higher";
}

/** How good a student is on a part of the data. */
export interface Evaluation {
  /** Mean negative log-likelihood, nats. */
  readonly loss: number;
  /** By name: `error`. */
  readonly scores: Readonly<Record<string, Score>>;
  /** One entry per example, such as the predicted class. */
  readonly predictions: readonly number[];
  /** Examples by true class (row) and predicted class (column), where classes are predicted. */
  readonly confusion?: readonly (readonly number[])[];
}

/** What evaluation and training read of a batch: small arrays, never the student's whole output. */
export interface Judgement<T = Value> {
  /** `[N]` negative log-likelihood, nats. */
  readonly nll: T;
  /** `[N]` how wrong each prediction is, in the unit of the primary score: 0 or 1 where classes are predicted. */
  readonly errors: T;
  /** `[N]` one prediction per example. */
  readonly predictions: T;
}

/** Adds up the judgements of a part's batches. */
export interface Evaluator {
  /** @param targets the batch's arrays of targets, by name */
  add(judgement: Judgement<Tensor>, targets: Arrays<Tensor>): void;
  result(): Evaluation;
}

export interface Objective {
  /** `classes`, `tokens` */
  readonly kind: string;
  /** Loss of a student that knows nothing, nats: ln K. */
  readonly chance: number;
  /** Names of the K classes, where an example has one. */
  readonly classes?: readonly string[];
  /** Names of the batch's arrays that hold targets. */
  readonly targets: readonly string[];
  /** A batch as a student answered it. @param targets the batch's arrays of targets, by name */
  look(answer: Pick<Answer, "output" | "internals" | "head">, targets: Arrays<Value>): View;
  /** Validation metrics by name, `[N]` per example, differentiable, larger is better. `loglik` is always there. */
  readonly metrics: Readonly<Record<string, (view: View) => Value>>;
  /** What it offers to teachers. @param internals shapes of a student's internal states, without the batch's axis */
  features(internals: Internals<readonly number[]>): Readonly<Record<string, Feature>>;
  judge(view: View): Judgement;
  evaluator(): Evaluator;
  /** The score that heads tables, and chooses the best checkpoint (ties by loss). */
  readonly primary: string;
  /** That the loss chooses the best checkpoint instead. */
  readonly chosenBy?: "loss";
  /** How far a student has come, in [0, 1], larger is better: accuracy for classes. */
  standing(evaluation: Evaluation): number;
}

/** The score that heads tables. */
export const primaryOf = ({ primary }: Objective, { scores }: Evaluation): Score => scores[primary]!;
