/** @file The interface of rehearsals: ω learns before the real student trains, from other students that are trained and thrown away. */

import type { Engine } from "../../engines/engine.ts";
import type { Tensor } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";

/** Lengths that a plan may depend on. */
export interface RunSize {
  /** Student steps of the real run. */
  readonly steps: number;
  /** Passes of the real run over its examples. */
  readonly epochs: number;
  /** Steps that one pass over the examples of a rehearsal takes. */
  readonly stepsPerPass: number;
}

/** One student step of a rehearsal. */
export interface RehearsedStep {
  /** Steps of this rehearsal done before, as a share of all. */
  readonly progress: number;
  /** `[N]` 1 where the given label is wrong; of the annotated part alone, for a method may know no other true labels. */
  readonly wrong?: ArrayLike<number>;
  /** `[N]` losses against the given labels before the step, nats. */
  readonly losses: Float32Array;
}

/** A rehearsal that is over. */
export interface RehearsalEnd {
  /** ω as it was at its end. */
  readonly omega: Tree<Tensor>;
  readonly steps: number;
  /** Validation accuracy in [0, 1] after so many of its steps, in order. */
  readonly checks: readonly { readonly step: number; readonly accuracy: number }[];
  /** Of this rehearsal, for whatever is random in the learning. */
  readonly seed: number;
}

/** Learns ω from rehearsals. All that it knows goes through `save` and `load`, so that a run may stop anywhere. */
export interface Rehearser {
  /** Takes in a draw: ∂ log-likelihood / ∂ω of its selection. */
  observeDraw?(slope: Tree<Tensor>): void;
  /** Takes in a student step. */
  observeStep?(step: RehearsedStep): void;
  /** ω for the next rehearsal or, after the last, for the real student; and numbers for the report, by name. */
  learn(end: RehearsalEnd): Promise<{ omega: Tree<Tensor>; facts: Readonly<Record<string, number>> }>;
  /** All observations, and what it keeps from one rehearsal to the next, by name. */
  save(): ReadonlyMap<string, Tensor>;
  load(saved: ReadonlyMap<string, Tensor>): void;
}

/**
 * Students trained and thrown away before the real one: each from parameters of its own, under the run's schedule shrunk to its length. They
 * make ω from nothing: a run that starts from another's teacher has none of them.
 */
export interface RehearsalPlan {
  readonly count: number;
  /**
   * What they train on: the training examples, or the validation examples with labels as noisy as those of training, whose true labels
   * are known.
   */
  readonly part: "train" | "annotated";
  /** Student steps of each. */
  steps(run: RunSize): number;
  /** How often validation accuracy is measured in each, at even distances, the last time at its end; 0 for never. */
  readonly checks: number;
  rehearser(engine: Engine): Rehearser;
}
