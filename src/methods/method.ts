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
  /** What the teacher sees: a sum of I0 … I3, M0, M1, loss, bilinear, joint, such as `I0+M0`. */
  readonly features: string;
  /** The teacher's hidden layers: `mlp-0` is linear. */
  readonly teacher: "mlp-0" | "mlp-1" | "mlp-2";
  readonly focalGamma: number;
  readonly focalDetach: boolean;
  readonly mwnetVariant: "stable" | "original";
  readonly mentornetVariant: "pd" | "dd";
  /** In [0, 1]. */
  readonly mentornetPercentile: number;
  readonly mentornetDropout: boolean;
  /** Steps of the fit of a data-driven mentor. */
  readonly mentornetFitSteps: number;
  readonly splVariant: "quantile" | "rl4data";
  readonly l2tPolicy: "mlp" | "lr";
  readonly l2tEpisodes: number;
  /** Of a whole run's student steps, in (0, 1]. */
  readonly l2tEpisodeShare: number;
  readonly l2tChecks: number;
  /** Validation accuracy; 0 for one that the first episode gives. */
  readonly l2tThreshold: number;
  /** Slots of the learned loss's memory. */
  readonly l2tLossSlots: number;
  /** In [0, 1]. */
  readonly l2tLossMix: number;
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

/** What a method makes of a batch that was drawn, before any step. */
export interface Selection {
  /** `[N]`: 1 for examples that go on to training, 0 for the rest. */
  readonly keep: Value;
  /** `[]`: mean log-likelihood of this choice, ln π(keepₖ | exampleₖ) over the N, for a rule that learns from its choices. */
  readonly likelihood?: Value;
}

/** How long what follows is. */
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
  /** `[N]` labels that were trained on. */
  readonly given: ArrayLike<number>;
  /** `[N]` true labels; of the annotated part alone, for nothing else has any that a method may know. */
  readonly clean?: ArrayLike<number>;
  /** `[N]` cross-entropy against the given labels before the step, nats. */
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
  /** Takes in a draw: ∂ likelihood / ∂ω of its selection. */
  noteDraw?(slope: Tree<Tensor>): void;
  /** Takes in a student step. */
  noteStep?(step: RehearsedStep): void;
  /** ω for the next rehearsal or, after the last, for the real student; and numbers worth telling. */
  learn(end: RehearsalEnd): Promise<{ omega: Tree<Tensor>; facts: Readonly<Record<string, number>> }>;
  /** Everything it has noted and keeps from one rehearsal to the next, by name. */
  save(): ReadonlyMap<string, Tensor>;
  load(saved: ReadonlyMap<string, Tensor>): void;
  close(): Promise<void>;
}

/** Students trained and thrown away before the real one: each from parameters of its own, under the run's schedule shrunk to its length. */
export interface RehearsalPlan {
  readonly count: number;
  /**
   * What they train on: the training examples, or the validation examples with labels as noisy as those of training, whose true labels
   * are known.
   */
  readonly part: "train" | "annotated";
  /** Student steps of each. */
  steps(run: RunSize): number;
  /** Whether they make ω from nothing, so that a run that starts from another's teacher has none of them. */
  readonly fresh?: boolean;
  /** How often validation accuracy is measured in each, at even distances, the last time at its end; 0 for never. */
  readonly checks: number;
  rehearser(engine: Engine): Rehearser;
}

/** What must be the same in two runs for one to start from the other's ω. */
export interface TeacherForm {
  /** The settings that give ω its arrays and their meaning. */
  readonly options: Partial<MethodOptions>;
  /** Whether arrays of it belong to classes: then both runs must have the same ones, in the same order. */
  readonly perClass: boolean;
  /** Members of ω that only keep count of what goes by: each run begins with its own. */
  readonly counters?: readonly string[];
}

/** A method fitted to a task. */
export interface Design {
  /** ω before the first step, a pure function of the seed; `{}` when there is nothing to learn. */
  init(seed: number): Tree<Tensor>;
  /** w `[N]`, non-negative, of the order of 1/N: a pure function of ω and the view. The loss is Σ wₖ ℓₖ. */
  weigh(omega: Tree<Value>, view: StudentView): Value;
  /**
   * ℓₖ `[N]`, for a rule that trains on losses of its own; cross-entropy where absent. Here the view is not held constant: gradients reach the
   * student through it, whatever the interaction. What is told of losses remains cross-entropy.
   */
  readonly losses?: (omega: Tree<Value>, view: StudentView) => Value;
  /** Whether the student's gradient goes through the weights, whatever the interaction. */
  readonly flows?: boolean;
  /** ω after a step that saw this, for a rule that keeps count of what goes by. Absent where a step leaves ω as it is. */
  readonly follow?: (omega: Tree<Value>, view: StudentView) => Tree<Value>;
  /**
   * Which examples of a batch that was just drawn go on to training: a pure function of ω, the view and uniform random numbers `[N]` in
   * [0, 1). What is kept waits until it fills a batch, which `weigh` then weighs. Not together with a learner.
   */
  readonly select?: (omega: Tree<Value>, view: StudentView, uniforms: Value) => Selection;
  /** Present when ω is learnt before the real student's first step. Not together with a learner. */
  readonly rehearsals?: RehearsalPlan;
  /** Present when ω is a teacher, whether it learns in this run or not: another run may start from it. */
  readonly form?: TeacherForm;
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
  /** Its own defaults of these, where they are not everyone's. */
  readonly defaults?: Partial<MethodOptions>;
  design(task: MethodTask, options: MethodOptions): Design;
}
