/** @file A training pass as equations: the student's answer to a batch, what the method sees of it, and what the method makes of that. */

import { trace } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import type { Design, MethodTask } from "../methods/method.ts";
import type { StudentView } from "../methods/view.ts";
import { held } from "../methods/view.ts";
import type { Student, StudentTask } from "../models/student.ts";
import type { Mode } from "../nn/layer.ts";
import { fill } from "../ops/broadcast.ts";
import { crossEntropy } from "../ops/compose.ts";
import type { Tensor } from "../tensor.ts";
import { float } from "../tensor.ts";
import type { Tree } from "../tree.ts";
import { leaves, unflatten } from "../tree.ts";

/** Initial arrays, in the order in which every graph takes them. */
export interface Initial {
  readonly theta: Tree<Tensor>;
  /** Running statistics. */
  readonly state: Tree<Tensor>;
  readonly omega: Tree<Tensor>;
}

/** The equations of a student under a method. Arrays come flat, in the order of `Initial`. */
export class Pass {
  readonly #student: Student;
  readonly #design: Design;
  readonly #initial: Initial;

  constructor(student: Student, design: Design, initial: Initial) {
    this.#student = student;
    this.#design = design;
    this.#initial = initial;
  }

  /** Running statistics for a pass in train mode whose outputs do not depend on them. */
  get unusedState(): Value[] {
    return leaves(this.#initial.state).map(({ shape }) => fill(0, shape));
  }

  /** The student's answer. */
  apply(theta: readonly Value[], state: readonly Value[], x: Value, mode: Mode) {
    const { theta: likeTheta, state: likeState } = this.#initial;
    return this.#student.apply(unflatten(likeTheta, theta), unflatten(likeState, state), x, mode);
  }

  /** The student's answer in training, and what a method may see of it. */
  look(theta: readonly Value[], state: readonly Value[], [x, y, context]: readonly Value[]) {
    const answer = this.apply(theta, state, x!, "train");
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

  /** The same with the method's weights; `sees` lets derivatives reach θ through them. */
  weighed(
    theta: readonly Value[],
    state: readonly Value[],
    omega: readonly Value[],
    batch: readonly Value[],
    sees: boolean,
  ) {
    const { answer, entropies, view } = this.look(theta, state, batch);
    const shown = sees ? view : held(view);
    const tree = this.omegaTree(omega);
    return {
      entropies,
      losses: this.#design.losses?.(tree, view) ?? entropies,
      weights: this.#design.weigh(tree, shown),
      followed: this.#design.follow ? leaves(this.#design.follow(tree, shown)) : [],
      logits: answer.logits,
      states: answer.states,
      state: leaves(answer.state),
    };
  }

  /** ω by name. */
  omegaTree(omega: readonly Value[]): Tree<Value> {
    return unflatten(this.#initial.omega, omega);
  }
}

/** Shapes of a student's states, by asking it. */
export function statesOf(
  student: Student,
  { shape }: StudentTask,
  { theta, state }: Pick<Initial, "theta" | "state">,
): MethodTask["states"] {
  const [T, S] = [leaves(theta), leaves(state)];
  let states: MethodTask["states"] = { I0: [] };
  trace(
    (...inputs) => {
      const values = inputs.slice(0, -1);
      const params = unflatten(theta, values.slice(0, T.length));
      const answer = student.apply(params, unflatten(state, values.slice(T.length)), inputs.at(-1)!, "train");
      const shapes = Object.entries(answer.states).map(([name, value]) => [name, value.shape.slice(1)]);
      states = Object.fromEntries(shapes) as MethodTask["states"]; // the same names, I0 among them
      return [];
    },
    [...T, ...S, float([2, ...shape])],
  );
  return states;
}
