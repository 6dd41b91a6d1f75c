/**
 * @file The interface of methods: a rule that gives each example of a batch a weight, and at most one way for
 * that rule to learn. The training loop knows this interface and no method by name.
 */

import type { Engine } from "../engines/engine.ts";
import type { Value } from "../graph/value.ts";
import type { InnerProblem, OuterProblem } from "../hyper/problem.ts";
import type { TaskSpec } from "../objectives/task-spec.ts";
import type { TrainingView } from "../objectives/view.ts";
import type { Tensor } from "../tensor.ts";
import type { Tree } from "../tree.ts";
import type { Learner } from "./learning/learner.ts";
import type { CleanLook } from "./learning/clean-look.ts";
import type { RehearsalPlan } from "./learning/rehearsal.ts";
import type { MethodOptions, OptionsWith, OwnFields } from "./options.ts";

/** Which examples of a batch that was drawn go on to training. */
export interface Selection {
  /** `[N]`: 1 for examples that go on, 0 for the rest. */
  readonly keep: Value;
  /**
   * `[]`: mean log-likelihood of this choice, ln π(keepₖ | exampleₖ) over the N, for a rule that learns from
   * its choices.
   */
  readonly logLikelihood?: Value;
}

/** What must be the same in two runs for one to start from the other's ω. */
export interface TeacherSignature {
  /** The settings that give ω its arrays and their meaning. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether arrays of it belong to classes: then both runs must have the same ones, in the same order. */
  readonly perClass: boolean;
  /** Members of ω that only count events of a run: each run begins with its own. */
  readonly counters?: readonly string[];
}

/** Whether an array of ω, by its name, is a counter and so no part of the teacher. */
export const isCounter = (name: string, { counters = [] }: TeacherSignature): boolean =>
  counters.includes(name.split(".")[0]!);

/** The rule itself. */
interface Rule {
  /** ω before the first step, a pure function of the seed; `{}` when there is nothing to learn. */
  init(seed: number): Tree<Tensor>;
  /**
   * w `[N]`, non-negative, of the order of `shares(view)`: a pure function of ω and the view. The loss is Σ wₖ
   * ℓₖ. Or `[N, classes]`: one weight per candidate class of each example. The loss is then Σ wₖ꜀ (−ln p꜀(xₖ)),
   * and the reported weight of an example is that of its given label.
   */
  weigh(omega: Tree<Value>, view: TrainingView): Value;
  /**
   * ℓₖ `[N]`, for a rule that trains on losses of its own; the objective's where absent. This view is not
   * detached: gradients reach the student through it, whatever the interaction. Reports show the objective's
   * losses all the same.
   */
  readonly losses?: (omega: Tree<Value>, view: TrainingView) => Value;
  /** Whether the student's gradient goes through the weights; where absent, the setting `interaction` says so. */
  readonly differentiable?: boolean;
  /**
   * Whether it weighs trusted examples too. Where absent, these keep the share of uniform weighting with their label
   * and the objective's loss, and selections keep them.
   */
  readonly weighsTrusted?: boolean;
  /** ω after a step on this batch, for running averages and counts. Absent where a step leaves ω as it is. */
  readonly accumulate?: (omega: Tree<Value>, view: TrainingView) => Tree<Value>;
  readonly about?: About;
}

/** Facts about ω that reports and other runs need; training does not. */
export interface About {
  /** Present when ω is a teacher, whether it learns in this run or not: another run may start from it. */
  readonly signature?: TeacherSignature;
  /** How labels go wrong according to ω, `[classes, classes]`: P(given label j | true class c) in row c. */
  readonly transitions?: (omega: Tree<Value>) => Value;
  /** Whether ω belongs to one batch, so that it says nothing about other examples. */
  readonly perBatch?: boolean;
}

/** ω learns while the student trains. */
export interface ByLearner {
  readonly by: "learner";
  make(parts: LearnerParts): Learner;
}

/** ω learns before the student's first step. */
export interface ByRehearsals {
  readonly by: "rehearsals";
  readonly plan: RehearsalPlan;
}

export interface LearnerParts {
  readonly engine: Engine;
  readonly inner: InnerProblem;
  readonly outer: OuterProblem;
  /** Clean batches as views: those of the outer problem. */
  readonly clean: CleanLook;
}

/** A rule that weighs every example of the data, and may learn while the student trains. */
type Weighing = Rule & { readonly learning?: ByLearner; readonly select?: never };

/** A rule that may choose among the examples, and may learn before. */
type Choosing = Rule & {
  readonly learning?: ByRehearsals;
  /**
   * Chooses among the examples of a batch that was just drawn: a pure function of ω, the view and uniform
   * random numbers `[N]` in [0, 1). Chosen examples wait until they fill a batch, which `weigh` then weighs.
   */
  readonly select?: (omega: Tree<Value>, view: TrainingView, uniforms: Value) => Selection;
};

/** A method fitted to a task. */
export type Design = Weighing | Choosing;

/** What a method may need of a task. */
export type Need =
  | "classes"
  | "classes or tokens"
  /** At least one clean example of each class. */
  | "every class";

/** Part of a run in which training batches have one composition. */
export interface Phase {
  /** Share of the run's steps before it, in [0, 1). */
  readonly from: number;
  /** Share of trusted rows, in [0, 1]. */
  readonly share: number;
}

/** A method. @typeParam Own the settings that it declares for itself */
export interface Method<Own extends OwnFields = Record<never, never>> {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** Where it comes from. */
  readonly source: string;
  /** What it costs, in student steps. */
  readonly cost: string;
  /** What the task must offer; without it the method is refused before any data is read. */
  needs?(options: OptionsWith<Own>): readonly Need[];
  /** Whether it is one of the baselines that others are measured against. */
  readonly baseline?: true;
  /** Whether trusted examples must (`always`) or cannot (`never`) be trained on; absent: as the settings say. */
  readonly trusted?: "always" | "never";
  /**
   * How many trusted examples training batches have in the course of a run; absent: as many as `--trusted-copies` says.
   */
  phases?(options: OptionsWith<Own>): readonly Phase[];
  /** Settings of its own: they become options of the command line and of config files. */
  readonly fields?: Own;
  /** Shared settings that it reads. */
  readonly options: readonly (keyof MethodOptions)[];
  /** Its own defaults of shared settings, where they are not everyone's. */
  readonly defaults?: Partial<MethodOptions>;
  design(spec: TaskSpec, options: OptionsWith<Own>): Design;
}

/** Gives a method the precise types of its name and of its own settings. */
export const defineMethod = <const Name extends string, const Own extends OwnFields = Record<never, never>>(
  method: Method<Own> & { readonly name: Name },
): Method<Own> & { readonly name: Name } => method;

/** Names of all settings that a method reads, its own first. */
export const settingsReadBy = ({ fields = {}, options }: Pick<Method, "fields" | "options">): string[] => [
  ...Object.keys(fields),
  ...options,
];
