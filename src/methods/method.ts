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
  /** `[3]`: what is known of the run so far, each in [0, 1]; see `RunContext`. */
  readonly context: Value;
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

export interface MethodTask {
  readonly classes: number;
  /** Shapes of the internal states of one example by name, without the batch's axis; `I0` is `[d]`. */
  readonly states: Readonly<Record<string, readonly number[]>> & { readonly I0: readonly number[] };
  /** Examples of a full batch. */
  readonly batch: number;
}

/** Settings of methods; see the train schema for meanings and defaults. */
export interface MethodOptions {
  readonly teacherEvery: number;
  readonly window: number;
  readonly interaction: Interaction;
  readonly reversal: Reversal;
  /** What the teacher sees: a sum of I0 … I3, M0, M1, loss, bilinear, such as `I0+M0`. */
  readonly features: string;
  /** The teacher's hidden layers: `mlp-0` is linear. */
  readonly teacher: "mlp-0" | "mlp-1" | "mlp-2";
  readonly focalGamma: number;
  readonly focalDetach: boolean;
  readonly mwnetVariant: "stable" | "original";
  readonly mentornetVariant: "pd";
  /** In [0, 1]. */
  readonly mentornetPercentile: number;
  readonly mentornetDropout: boolean;
  readonly teacherOptimizer: "adam" | "sgd" | "nesterov";
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
  /** The step about to be taken, for a learner that goes before it. */
  readonly upcoming?: StepRecord;
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
  /** `after` the last of its steps, with a window of those behind it; or `before` the first, with that one ahead of it. */
  readonly timing: "after" | "before";
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
  /** w `[N]`, non-negative, of the order of 1/N: a pure function of ω and the view. The loss is Σ wₖ ℓₖ. */
  weigh(omega: Tree<Value>, view: StudentView): Value;
  /** Whether the student's gradient goes through the weights, whatever the interaction. */
  readonly flows?: boolean;
  /** ω after a step that saw this, for a rule that keeps count of what goes by. Absent where a step leaves ω as it is. */
  readonly follow?: (omega: Tree<Value>, view: StudentView) => Tree<Value>;
  /** Whether ω belongs to one batch, so that it says nothing of other examples. */
  readonly momentary?: boolean;
  /** Absent when ω stays as it is. `inner` gives the inner problem for a batch size. */
  readonly learner?: (engine: Engine, inner: (batchSize: number) => InnerProblem, outer: OuterProblem) => Learner;
}

export interface Method {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** Where it comes from. */
  readonly source: string;
  /** What it costs, in student steps. */
  readonly cost: string;
  /** Settings of its own. */
  readonly options: readonly (keyof MethodOptions)[];
  design(task: MethodTask, options: MethodOptions): Design;
}
