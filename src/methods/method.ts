/**
 * @file What a method is: a rule that gives each example of a batch a weight, and perhaps a way for that rule to learn. The training loop
 * knows this interface and no method by name.
 */

import type { DeviceTensor, Engine } from "../engines/engine.ts";
import type { Value } from "../graph/value.ts";
import type { InnerProblem, Interaction, OuterProblem } from "../hyper/problem.ts";
import type { Reversal, StepRecord } from "../hyper/sweep.ts";
import type { Tensor } from "../tensor.ts";
import type { Tree } from "../tree.ts";

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
}

export interface MethodTask {
  readonly classes: number;
  /** d: length of the internal state I0. */
  readonly features: number;
}

/** Settings of methods; see the train schema for meanings and defaults. */
export interface MethodOptions {
  readonly teacherEvery: number;
  readonly window: number;
  readonly interaction: Interaction;
  readonly reversal: Reversal;
  readonly teacherOptimizer: "adam" | "sgd";
  readonly teacherLr: number;
  readonly teacherWeightDecay: number;
}

/** What has happened since the last update. */
export interface Episode {
  readonly theta: readonly DeviceTensor[];
  readonly velocity: readonly DeviceTensor[];
  readonly omega: readonly DeviceTensor[];
  /** The learner's own arrays. */
  readonly memory: readonly DeviceTensor[];
  /** The last B steps, oldest first. */
  readonly window: readonly StepRecord[];
  /** A clean batch, in the outer problem's form. */
  readonly validation: readonly DeviceTensor[];
}

export interface Lesson {
  readonly omega: readonly DeviceTensor[];
  readonly memory: readonly DeviceTensor[];
  /** Validation metric on the batch, before the update; larger is better. */
  readonly metric: number;
  /** ‖∂M/∂ω‖₂ */
  readonly gradientNorm: number;
  /** Drift of the reversal, if it was measured. */
  readonly drift: number | null;
}

/** Updates ω, every `every` student steps, from the last `window` of them. Holds compiled programs and no other state. */
export interface Learner {
  readonly every: number;
  readonly window: number;
  /** Whether each step of the window must keep its θ, or the first alone. */
  readonly keeps: "every" | "first";
  /** The learner's arrays before the first update. */
  init(): Tensor[];
  update(episode: Episode): Promise<Lesson>;
  close(): Promise<void>;
}

/** A method fitted to a task. */
export interface Design {
  /** ω before the first step, a pure function of the seed; `{}` when there is nothing to learn. */
  init(seed: number): Tree<Tensor>;
  /** w `[N]`, non-negative, summing to 1: a pure function of ω and the view. */
  weigh(omega: Tree<Value>, view: StudentView): Value;
  /** Absent when ω stays as it is. `inner` gives the inner problem for a batch size. */
  readonly learner?: (engine: Engine, inner: (batchSize: number) => InnerProblem, outer: OuterProblem) => Learner;
}

export interface Method {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** Where it comes from. */
  readonly source: string;
  design(task: MethodTask, options: MethodOptions): Design;
}
