/**
 * @file Interface of rehearsals: meta-training runs before the real one, from which ω learns. Their students are
 * discarded.
 */

import type { Engine } from "../../engines/engine.ts";
import type { Tensor } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";

/** Lengths of a run, for a plan that depends on them. */
export interface RunSize {
  /** Student steps of the real run. */
  readonly steps: number;
  /** Passes of the real run over its examples. */
  readonly epochs: number;
  /** Steps in one pass over the examples of a rehearsal. */
  readonly stepsPerPass: number;
}

/** One student step of a rehearsal. */
export interface RehearsedStep {
  /** Steps of this rehearsal done before this one, as a share of all its steps. */
  readonly progress: number;
  /** `[N]` 1 for a wrong label. Present for the annotated part only, since methods must not know other true labels. */
  readonly wrong?: ArrayLike<number>;
  /** `[N]` losses against the given labels before the step, nats. */
  readonly losses: Float32Array;
}

/** Outcome of a rehearsal. */
export interface RehearsalEnd {
  /** ω at its end. */
  readonly omega: Tree<Tensor>;
  readonly steps: number;
  /** Validation accuracy in [0, 1] after `step` steps of the rehearsal, in order. */
  readonly checks: readonly { readonly step: number; readonly accuracy: number }[];
  /**
   * The student's mean prediction for the trusted examples of each class, `[classes][classes]`: the class in the row. Of
   * objectives with classes.
   */
  beliefs(): Promise<number[][]>;
  /** Seed of this rehearsal, for random numbers in the learning. */
  readonly seed: number;
}

/** Learner of ω from rehearsals. `save` and `load` carry its whole state, so that a run can stop after any step. */
export interface Rehearser {
  /** Observes a draw by ∂ log-likelihood / ∂ω of its selection. */
  observeDraw?(slope: Tree<Tensor>): void;
  /** Observes a student step. */
  observeStep?(step: RehearsedStep): void;
  /** Computes ω for the next rehearsal (after the last: for the real student), and named numbers for reports. */
  learn(end: RehearsalEnd): Promise<{ omega: Tree<Tensor>; facts: Readonly<Record<string, number>> }>;
  /** All observations, and the state kept between rehearsals, by name. */
  save(): ReadonlyMap<string, Tensor>;
  load(saved: ReadonlyMap<string, Tensor>): void;
}

/**
 * Plan of the rehearsals. Each starts from its own parameters and follows the run's schedule, scaled to its length.
 * They train ω from its initial values, so a run that starts from another run's teacher has none.
 */
export interface RehearsalPlan {
  readonly count: number;
  /**
   * Part that they train on: the training examples, or the validation examples with labels as noisy as those of
   * training. Of the latter the true labels are known.
   */
  readonly part: "train" | "annotated";
  /** Whether trusted examples that the run trains on stay out of the rehearsals. */
  readonly withoutTrusted?: boolean;
  /** Student steps of each rehearsal. */
  steps(run: RunSize): number;
  /** Validation accuracy checks in each rehearsal, evenly spaced, the last at its end; 0 for none. */
  readonly checks: number;
  rehearser(engine: Engine): Rehearser;
}
