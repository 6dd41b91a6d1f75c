/** @file A batch as the student of this moment answers it: all that a weighting rule may look at. */

import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import type { Internals } from "../models/student.ts";
import { stopGradient } from "../ops/elementwise.ts";

/** Of objectives that predict one of K classes. */
export interface ClassView {
  /** `[N, K]` */
  readonly logits: Value;
  /** `[N]` given labels, integers; of clean batches the true ones. */
  readonly labels: Value;
}

/** Of objectives that predict the tokens of a target. */
export interface TokenView {
  /** `[N · T, V]` */
  readonly logits: Value;
  /** `[N, T]` given tokens, integers in [0, V). */
  readonly target: Value;
  /** `[N, T]` 1 where there is a token, else 0. */
  readonly real: Value;
  /** `[N]` tokens of each example; 0 for padding. */
  readonly counts: Value;
  /** `[N]` tokens of its source; 0 where it has none. */
  readonly sources: Value;
}

export interface View {
  /** ℓₖ `[N]`, nats: the loss that is trained on, the mean over an example's parts. */
  readonly losses: Value;
  /**
   * `[N]`, nats: the negative log-likelihood, the mean over parts: for reports and the metric. The same Value
   * where ℓ is not smoothed.
   */
  readonly nll: Value;
  /**
   * nₖ `[N]`: parts of each example by which it counts in weights, such as target tokens; 0 for padding. Absent where every
   * example is one part.
   */
  readonly sizes?: Value;
  /** `[N]` 1 for trusted examples, whose labels are right; absent where none are trained on. */
  readonly trusted?: Value;
  readonly internals: Internals;
  readonly classes?: ClassView;
  readonly tokens?: TokenView;
  /** `[3]`: how far the run has come, each number in [0, 1]; see `Moment`. Absent in views of clean batches. */
  readonly moment?: Value;
}

/** A view of a batch in training. */
export type TrainingView = View & { readonly moment: Value };

/** What a rule may know of the run as a whole, besides the batch. */
export interface Moment {
  /** Student steps done, as a share of all. */
  readonly progress: number;
  /** Mean training loss so far over that of a student that knows nothing, at most 1. */
  readonly loss: number;
  /** Best standing on validation so far: accuracy, where classes are predicted. */
  readonly accuracy: number;
}

/** A run that has not begun. */
export const START: Moment = { progress: 0, loss: 1, accuracy: 0 };

/**
 * Logits and labels.
 * @throws ShapeError of an objective without classes; a method that reads them says that it needs classes
 */
export function classesOf({ classes }: View): ClassView {
  if (!classes) throw new ShapeError("view: expected classes, got an objective that predicts none");
  return classes;
}

/**
 * Tokens and their logits.
 * @throws ShapeError of an objective without tokens; a feature that reads them belongs to one that has them
 */
export function tokensOf({ tokens }: View): TokenView {
  if (!tokens) throw new ShapeError("view: expected tokens, got an objective that predicts none");
  return tokens;
}

/** The same view, detached: no derivative passes it. */
export function detached(view: TrainingView): TrainingView {
  const { losses, nll, internals, classes, tokens } = view;
  const constant = stopGradient(losses);
  const states = Object.fromEntries(Object.entries(internals).map(([name, value]) => [name, stopGradient(value)]));
  return {
    ...view,
    losses: constant,
    nll: nll === losses ? constant : stopGradient(nll),
    internals: states as Internals, // the same names, I0 among them
    ...(classes ? { classes: { logits: stopGradient(classes.logits), labels: classes.labels } } : {}),
    ...(tokens ? { tokens: { ...tokens, logits: stopGradient(tokens.logits) } } : {}),
  };
}
