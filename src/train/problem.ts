/** @file Student, method and settings put together as graphs: the training step, evaluation, and the bilevel problem that the teacher climbs. */

import { ConfigError } from "../errors.ts";
import type { Graph } from "../graph/graph.ts";
import { trace } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import type { InnerProblem, OuterProblem } from "../hyper/problem.ts";
import { studentGradient, weightedLoss } from "../hyper/problem.ts";
import type { Design, Method, MethodOptions, MethodTask, StudentView } from "../methods/method.ts";
import type { Student, StudentTask } from "../models/student.ts";
import type { Mode } from "../nn/layer.ts";
import { fill, sum } from "../ops/broadcast.ts";
import { crossEntropy, softmax } from "../ops/compose.ts";
import { mul, neg, stopGradient } from "../ops/elementwise.ts";
import { oneHot } from "../ops/gather.ts";
import { reshape } from "../ops/movement.ts";
import { mean } from "../ops/reduce.ts";
import { simplify } from "../ops/simplify.ts";
import { momentumStep } from "../optim/momentum.ts";
import type { Spec, Tensor } from "../tensor.ts";
import { float, int, sizeOf } from "../tensor.ts";
import { gradient } from "../transform/grad.ts";
import type { Tree } from "../tree.ts";
import { entries, leaves, unflatten } from "../tree.ts";
import { isCounter } from "./teacher-file.ts";

export interface ProblemOptions extends MethodOptions {
  readonly momentum: number;
  readonly weightDecay: number;
  readonly metric: "loglik" | "accuracy";
  readonly validBn: Mode;
  readonly batch: number;
  readonly validBatch: number;
  readonly seed: number;
  /** Where ω comes from, if from elsewhere, and whether it stays as it is. */
  readonly teacherFrom?: string | undefined;
  readonly freezeTeacher?: boolean | undefined;
}

/** Initial arrays, in the order in which every graph takes them. */
export interface Initial {
  readonly theta: Tree<Tensor>;
  /** Running statistics. */
  readonly state: Tree<Tensor>;
  readonly omega: Tree<Tensor>;
}

/** A view that no derivative passes. */
function held({ labels, logits, losses, states, context }: StudentView): StudentView {
  const constant = Object.fromEntries(Object.entries(states).map(([name, value]) => [name, stopGradient(value)]));
  return {
    labels,
    logits: stopGradient(logits),
    losses: stopGradient(losses),
    states: constant as StudentView["states"], // the same names, I0 among them
    context,
  };
}

/** A design without what there is no learning for: all of it when ω is to stay, rehearsals that would make anew what comes from elsewhere. */
function learningFor(design: Design, { teacherFrom, freezeTeacher }: ProblemOptions): Design {
  const { learner, rehearsals, ...rest } = design;
  if (freezeTeacher) return rest;
  return teacherFrom !== undefined && rehearsals?.fresh ? { ...rest, ...(learner ? { learner } : {}) } : design;
}

/** Everything about a run that is a graph. */
export class TrainingProblem {
  readonly student: Student;
  readonly task: StudentTask;
  readonly design: Design;
  readonly initial: Initial;
  readonly #options: ProblemOptions;

  constructor(student: Student, task: StudentTask, method: Method, options: ProblemOptions) {
    const looksBack = method.options.includes("window") && method.options.includes("teacherEvery");
    if (looksBack && options.window > options.teacherEvery) {
      throw new ConfigError(
        `--window: expected at most --teacher-every = ${options.teacherEvery} steps, got ${options.window}`,
      );
    }
    this.student = student;
    this.task = task;
    this.#options = options;
    const { params, state } = student.init(options.seed);
    const states = this.#statesOf(params, state);
    const design = method.design({ classes: task.classes, states, batch: options.batch }, options);
    this.design = learningFor(design, options);
    this.initial = { theta: params, state, omega: this.design.init(options.seed) };
    if (this.design.learner && (this.design.select ?? this.design.rehearsals)) {
      throw new RangeError(`method ${method.name}: expected a learner, or a selection and rehearsals, got both`);
    }
  }

  /** How many numbers the teacher has; none where ω is no teacher, but keeps count or belongs to one batch. */
  get teacherParameters(): number {
    const { form } = this.design;
    const own = form ? entries(this.initial.omega).filter(([name]) => !isCounter(name, form)) : [];
    return own.reduce((total, [, { shape }]) => total + sizeOf(shape), 0);
  }

  /**
   * One student step: θ, v, running statistics, ω, x, y, context, η → θ', v', statistics', ω' where the method follows, cross-entropies
   * `[N]`, weights `[N]`, loss, logits.
   */
  stepGraph(batchSize: number): Graph {
    const { theta, state, omega } = this.initial;
    const inner = this.inner(batchSize);
    const parts = [leaves(theta), leaves(theta), leaves(state), leaves(omega), inner.batch, [float()]] as const;
    const graph = trace((...inputs) => {
      let at = 0;
      const [t, v, s, o, batch, rate] = parts.map((part) => inputs.slice(at, (at += part.length))) as [
        Value[],
        Value[],
        Value[],
        Value[],
        Value[],
        Value[],
      ];
      const seen = this.#forward(t, s, o, batch, this.design.flows ?? this.#options.interaction === "deep");
      const g = studentGradient(inner, t, seen);
      const after = momentumStep({ theta: t, velocity: v }, g, rate[0]!, inner.momentum);
      return [
        ...after.theta,
        ...after.velocity,
        ...seen.state,
        ...seen.followed,
        seen.entropies,
        seen.weights,
        weightedLoss({ weights: seen.weights, losses: seen.entropies }),
        seen.logits,
      ];
    }, parts.flat());
    return simplify(graph);
  }

  /** Evaluation: θ, running statistics, x, y → losses `[N]`, logits `[N, classes]`. */
  evaluationGraph(batchSize: number): Graph {
    const { theta, state } = this.initial;
    const [T, S] = [leaves(theta), leaves(state)];
    const graph = trace(
      (...inputs) => {
        const [x, y] = inputs.slice(T.length + S.length) as [Value, Value];
        const { logits } = this.#apply(inputs.slice(0, T.length), inputs.slice(T.length, -2), x, "eval");
        return [crossEntropy(logits, y), logits];
      },
      [...T, ...S, ...this.#batchSpecs(batchSize)],
    );
    return simplify(graph);
  }

  /** What the method sees of a batch and makes of it, without a step: θ, ω, x, y, context → cross-entropies `[N]`, weights `[N]`, I0 `[N, d]`. */
  viewGraph(batchSize: number): Graph {
    const { theta, omega, batch } = this.inner(batchSize);
    // In train mode, as in a step, where the running statistics have no say.
    const unused = leaves(this.initial.state).map(({ shape }) => fill(0, shape));
    const graph = trace(
      (...inputs) => {
        const [P, Q] = [theta.length, omega.length];
        const seen = this.#forward(inputs.slice(0, P), unused, inputs.slice(P, P + Q), inputs.slice(P + Q), false);
        return [seen.entropies, seen.weights, seen.states.I0];
      },
      [...theta, ...omega, ...batch],
    );
    return simplify(graph);
  }

  /**
   * What the method keeps of a batch, without a step: θ, ω, x, y, context, uniform numbers `[N]` → keep `[N]`, and with `slope`
   * ∂ likelihood / ∂ω where the selection tells one.
   */
  selectGraph(batchSize: number, slope: boolean): Graph {
    const { theta, omega, batch } = this.inner(batchSize);
    const unused = leaves(this.initial.state).map(({ shape }) => fill(0, shape));
    const graph = trace(
      (...inputs) => {
        const [P, Q] = [theta.length, omega.length];
        const o = inputs.slice(P, P + Q);
        const { view } = this.#look(inputs.slice(0, P), unused, inputs.slice(P + Q, -1));
        const tree = unflatten(this.initial.omega, o);
        const { keep, likelihood } = this.design.select!(tree, held(view), inputs.at(-1)!);
        return [keep, ...(slope && likelihood ? gradient(likelihood, o) : [])];
      },
      [...theta, ...omega, ...batch, float([batchSize])],
    );
    return simplify(graph);
  }

  /** The inner problem for a batch size, as the hypergradient sees it. */
  inner(batchSize: number): InnerProblem {
    const { momentum, weightDecay, interaction } = this.#options;
    const { theta, state, omega } = this.initial;
    // In train mode the outputs used here do not depend on the running statistics.
    const unused = leaves(state).map(({ shape }) => fill(0, shape));
    return {
      theta: leaves(theta),
      omega: leaves(omega),
      batch: [...this.#batchSpecs(batchSize), float([3])],
      momentum,
      weightDecay,
      interaction,
      examples: (t, o, batch, sees) => this.#forward(t, unused, o, batch, sees),
    };
  }

  /** The validation metric. Its batch is x, y, followed by the running statistics when batch norm is to use them. */
  outer(): OuterProblem {
    const { metric, validBn, validBatch } = this.#options;
    const state = leaves(this.initial.state);
    return {
      batch: [...this.#batchSpecs(validBatch), ...(validBn === "eval" ? state : [])],
      metric: (theta, [x, y, ...running]) => {
        const statistics = validBn === "eval" ? running : state.map(({ shape }) => fill(0, shape));
        const { logits } = this.#apply(theta, statistics, x!, validBn);
        const perExample =
          metric === "loglik"
            ? neg(crossEntropy(logits, y!))
            : reshape(sum(mul(softmax(logits, 1), oneHot(y!, this.task.classes)), [1]), y!.shape);
        return reshape(mean(perExample, [0]), []);
      },
    };
  }

  #batchSpecs(batchSize: number): Spec[] {
    return [float([batchSize, ...this.task.shape]), int([batchSize])];
  }

  #apply(theta: readonly Value[], state: readonly Value[], x: Value, mode: Mode) {
    const { theta: likeTheta, state: likeState } = this.initial;
    return this.student.apply(unflatten(likeTheta, theta), unflatten(likeState, state), x, mode);
  }

  /** A training pass, and what a method may see of it. */
  #look(theta: readonly Value[], state: readonly Value[], [x, y, context]: readonly Value[]) {
    const answer = this.#apply(theta, state, x!, "train");
    const entropies = crossEntropy(answer.logits, y!);
    const view: StudentView = {
      labels: y!,
      logits: answer.logits,
      losses: entropies,
      states: answer.states,
      context: context!,
    };
    return { answer, entropies, view };
  }

  /** A training pass with the method's weights; `sees` lets derivatives reach θ through them. */
  #forward(
    theta: readonly Value[],
    state: readonly Value[],
    omega: readonly Value[],
    batch: readonly Value[],
    sees: boolean,
  ) {
    const { answer, entropies, view } = this.#look(theta, state, batch);
    const shown = sees ? view : held(view);
    const tree = unflatten(this.initial.omega, omega);
    return {
      entropies,
      losses: this.design.losses?.(tree, view) ?? entropies,
      weights: this.design.weigh(tree, shown),
      followed: this.design.follow ? leaves(this.design.follow(tree, shown)) : [],
      logits: answer.logits,
      states: answer.states,
      state: leaves(answer.state),
    };
  }

  /** Shapes of the student's states, by asking it. */
  #statesOf(params: Tree<Tensor>, state: Tree<Tensor>): MethodTask["states"] {
    const flat = [...leaves(params), ...leaves(state), float([2, ...this.task.shape])];
    let states: MethodTask["states"] = { I0: [] };
    trace((...inputs) => {
      const values = inputs.slice(0, -1);
      const count = leaves(params).length;
      const answer = this.student.apply(
        unflatten(params, values.slice(0, count)),
        unflatten(state, values.slice(count)),
        inputs.at(-1)!,
        "train",
      );
      const shapes = Object.entries(answer.states).map(([name, { shape }]) => [name, shape.slice(1)]);
      states = Object.fromEntries(shapes) as MethodTask["states"]; // the same names, I0 among them
      return [];
    }, flat);
    return states;
  }
}
