/** @file A training pass as equations: the student's answer to a batch, what the method sees of it, and what the method makes of that. */

import { ShapeError } from "../../errors.ts";
import { trace } from "../../graph/graph.ts";
import type { Value } from "../../graph/value.ts";
import { weightedLoss } from "../../hyper/problem.ts";
import type { Design } from "../../methods/method.ts";
import type { TaskSpec } from "../../objectives/task-spec.ts";
import type { StudentView } from "../../objectives/view.ts";
import { held } from "../../objectives/view.ts";
import type { Student, StudentTask } from "../../models/student.ts";
import type { Mode } from "../../nn/layer.ts";
import { fill } from "../../ops/broadcast.ts";
import { crossEntropy, logSoftmax, pick } from "../../ops/compose.ts";
import { neg } from "../../ops/elementwise.ts";
import type { Tensor } from "../../tensor.ts";
import { float, sameShape } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { leaves, unflatten } from "../../tree.ts";

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

  /** The student's answer to x and y, as a rule in training, and what a method may see of it at any moment of the run. */
  look(theta: readonly Value[], state: readonly Value[], [x, y]: readonly Value[], mode: Mode = "train") {
    const answer = this.apply(theta, state, x!, mode);
    const { logits, states } = answer;
    return { answer, view: { labels: y!, logits, losses: crossEntropy(logits, y!), states } };
  }

  /** The same with the method's weights; `sees` lets derivatives reach θ through them. */
  weighed(
    theta: readonly Value[],
    state: readonly Value[],
    omega: readonly Value[],
    batch: readonly Value[],
    sees: boolean,
  ) {
    const { answer, view } = this.seen(theta, state, batch);
    const shown = sees ? view : held(view);
    const tree = this.omegaTree(omega);
    const { losses: entropies, logits, labels } = view;
    const weights = this.#design.weigh(tree, shown);
    const perClass = isPerClass(weights, logits);
    const losses = perClass ? neg(logSoftmax(logits, 1)) : (this.#design.losses?.(tree, view) ?? entropies);
    return {
      losses,
      weights,
      // What is told: of losses cross-entropy, whatever the method trains on.
      entropies,
      loss: weightedLoss({ weights, losses: perClass ? losses : entropies }),
      told: perClass ? pick(weights, labels) : weights,
      followed: this.#design.follow ? leaves(this.#design.follow(tree, shown)) : [],
      logits,
      states: answer.states,
      state: leaves(answer.state),
    };
  }

  /** `look` in training, and the moment of the run with it. */
  seen(theta: readonly Value[], state: readonly Value[], [x, y, context]: readonly Value[]) {
    const { answer, view } = this.look(theta, state, [x!, y!]);
    return { answer, view: { ...view, context: context! } satisfies StudentView };
  }

  /** ω by name. */
  omegaTree(omega: readonly Value[]): Tree<Value> {
    return unflatten(this.#initial.omega, omega);
  }
}

/** Whether a method weighs each class of an example. @throws ShapeError for weights of another shape, which would be broadcast */
function isPerClass({ shape }: Value, logits: Value): boolean {
  const [N, classes] = logits.shape as [number, number];
  if (sameShape(shape, [N])) return false;
  if (sameShape(shape, [N, classes])) return true;
  throw new ShapeError(`weigh: expected weights [${N}] or [${N},${classes}], got [${shape.join(",")}]`);
}

/** Shapes of a student's states, by asking it. */
export function statesOf(
  student: Student,
  { shape }: StudentTask,
  { theta, state }: Pick<Initial, "theta" | "state">,
): TaskSpec["states"] {
  const [T, S] = [leaves(theta), leaves(state)];
  let states: TaskSpec["states"] = { I0: [] };
  trace(
    (...inputs) => {
      const values = inputs.slice(0, -1);
      const params = unflatten(theta, values.slice(0, T.length));
      const answer = student.apply(params, unflatten(state, values.slice(T.length)), inputs.at(-1)!, "train");
      const shapes = Object.entries(answer.states).map(([name, value]) => [name, value.shape.slice(1)]);
      states = Object.fromEntries(shapes) as TaskSpec["states"]; // the same names, I0 among them
      return [];
    },
    [...T, ...S, float([2, ...shape])],
  );
  return states;
}
