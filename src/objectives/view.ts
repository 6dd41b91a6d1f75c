/** @file What a method sees: a batch, as the student of this moment answers it, and how far the run has come. */

import type { Value } from "../graph/value.ts";
import { stopGradient } from "../ops/elementwise.ts";
import type { Spec } from "../tensor.ts";

/** What a weighting rule may look at: one batch, seen by the student of this moment. */
export interface StudentView {
  /** `[N]` given labels, integers. */
  readonly labels: Value;
  /** `[N, classes]` */
  readonly logits: Value;
  /** `[N]` cross-entropy against the given labels, nats. */
  readonly losses: Value;
  /** Internal states by name; `I0` `[N, d]` is the classifier's input. */
  readonly states: Readonly<Record<string, Value>> & { readonly I0: Value };
  /** `[3]`: what is known of the run so far, each in [0, 1]; see `RunContext`. */
  readonly context: Value;
}

/** How a method sees a clean batch: as it sees those of training, but at no moment of the run. */
export interface CleanLook {
  /** Parameters of the student. */
  readonly theta: readonly Spec[];
  /** What a clean batch consists of. */
  readonly batch: readonly Spec[];
  /** The labels of this view are the true ones. */
  look(theta: readonly Value[], batch: readonly Value[]): Omit<StudentView, "context">;
}

/** What a rule may know of the run as a whole, besides the batch. */
export interface RunContext {
  /** Student steps done, as a share of all. */
  readonly progress: number;
  /** Mean training loss so far over ln(classes), at most 1. */
  readonly loss: number;
  /** Best validation accuracy so far. */
  readonly accuracy: number;
}

/** A run that has not begun. */
export const START: RunContext = { progress: 0, loss: 1, accuracy: 0 };

/** The same view, but that no derivative passes it. */
export function held({ labels, logits, losses, states, context }: StudentView): StudentView {
  const constant = Object.fromEntries(Object.entries(states).map(([name, value]) => [name, stopGradient(value)]));
  return {
    labels,
    logits: stopGradient(logits),
    losses: stopGradient(losses),
    states: constant as StudentView["states"], // the same names, I0 among them
    context,
  };
}
