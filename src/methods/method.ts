/**
 * @file What a method is: a rule that gives each example of a batch a weight, and perhaps a way for that rule to learn. The training loop
 * knows this interface and no method by name.
 */

import type { Engine } from "../engines/engine.ts";
import type { Value } from "../graph/value.ts";
import type { InnerProblem, OuterProblem } from "../hyper/problem.ts";
import type { Tensor } from "../tensor.ts";
import type { Tree } from "../tree.ts";
import type { Learner } from "./learning/learner.ts";
import type { MethodOptions } from "./options.ts";
import type { RehearsalPlan } from "./learning/rehearsal.ts";
import type { TaskSpec } from "../objectives/task-spec.ts";
import type { CleanLook, StudentView } from "../objectives/view.ts";

/** What a method makes of a batch that was drawn, before any step. */
export interface Selection {
  /** `[N]`: 1 for examples that go on to training, 0 for the rest. */
  readonly keep: Value;
  /** `[]`: mean log-likelihood of this choice, ln π(keepₖ | exampleₖ) over the N, for a rule that learns from its choices. */
  readonly likelihood?: Value;
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
  /**
   * w `[N]`, non-negative, of the order of 1/N: a pure function of ω and the view. The loss is Σ wₖ ℓₖ.
   * Or w `[N, classes]`, a weight for each class that an example may have: the loss is Σ wₖ꜀ (−ln p꜀(xₖ)), and what is told of an example
   * is the weight of its given label.
   */
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
  /** What ω says of how labels go wrong, `[classes, classes]`: P(given label j | true class c) in row c. Absent where it says nothing of it. */
  readonly transitions?: (omega: Tree<Value>) => Value;
  /** Whether ω belongs to one batch, so that it says nothing of other examples. */
  readonly momentary?: boolean;
  /** Absent when ω stays as it is. `inner` gives the inner problem for a batch size; `clean` has the outer problem's batches. */
  readonly learner?: (
    engine: Engine,
    inner: (batchSize: number) => InnerProblem,
    outer: OuterProblem,
    clean: CleanLook,
  ) => Learner;
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
  design(task: TaskSpec, options: MethodOptions): Design;
}
