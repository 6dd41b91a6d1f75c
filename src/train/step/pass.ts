/**
 * @file A forward pass as equations: the student's answer to a batch, the objective's view of it, and the
 * weights that the method gives.
 */

import { ShapeError } from "../../errors.ts";
import { traceNamed } from "../../graph/named.ts";
import type { Value } from "../../graph/value.ts";
import { weightedLoss } from "../../hyper/problem.ts";
import type { Design } from "../../methods/method.ts";
import type { Answer, Internals, Student, StudentForm } from "../../models/student.ts";
import type { Objective } from "../../objectives/objective.ts";
import type { TrainingView, View } from "../../objectives/view.ts";
import { shares } from "../../objectives/shares.ts";
import { classesOf, detached } from "../../objectives/view.ts";
import type { Mode } from "../../nn/layer.ts";
import { fill } from "../../ops/broadcast.ts";
import { choose, logSoftmax, pick } from "../../ops/compose.ts";
import { mul, neg } from "../../ops/elementwise.ts";
import { oneHot } from "../../ops/gather.ts";
import { reshape } from "../../ops/movement.ts";
import type { Spec, Tensor } from "../../tensor.ts";
import { float, int, sameShape } from "../../tensor.ts";
import { TRUSTED } from "../../tasks/batches.ts";
import type { Arrays, Tree } from "../../tree.ts";
import { leaves, unflatten } from "../../tree.ts";

/** Initial arrays of a run. */
export interface Initial {
  readonly theta: Tree<Tensor>;
  readonly statistics: Tree<Tensor>;
  readonly omega: Tree<Tensor>;
}

/** Name under which a batch in training carries the moment of the run, beside its inputs and targets. */
export const MOMENT = "moment";

/** Name under which the batch of a step carries its key, for a student that draws random numbers. */
export const KEY = "key";

/** Specs of a batch in training. @param batch its inputs and targets @param student whose step it is for */
export const inTraining = (batch: Arrays<Spec>, { random }: Pick<Student, "random"> = {}): Arrays<Spec> => ({
  ...batch,
  [MOMENT]: float([3]),
  ...(random ? { [KEY]: int([4]) } : {}),
});

/**
 * The equations of a student under an objective and a method. Arrays of `Initial` come as flat lists, in the
 * order of their trees.
 */
export class Pass {
  readonly #student: Student;
  readonly #objective: Objective;
  readonly #inputs: readonly string[];
  readonly #design: Design;
  readonly #initial: Initial;

  constructor(student: Student, objective: Objective, form: StudentForm, design: Design, initial: Initial) {
    this.#student = student;
    this.#objective = objective;
    this.#inputs = Object.keys(form.inputs);
    this.#design = design;
    this.#initial = initial;
  }

  /** Stands for running statistics in passes whose outputs do not depend on them. */
  get unusedStatistics(): Value[] {
    return leaves(this.#initial.statistics).map(({ shape }) => fill(0, shape));
  }

  /**
   * The student's answer to a batch, and the objective's view of it. Only a batch with a key has dropout.
   * @param batch inputs and targets by name
   */
  look(
    theta: readonly Value[],
    statistics: readonly Value[],
    batch: Arrays<Value>,
    mode: Mode = "train",
  ): { answer: Answer; view: View } {
    const inputs = Object.fromEntries(this.#inputs.map((name) => [name, batch[name]!]));
    const params = unflatten(this.#initial.theta, theta);
    const running = unflatten(this.#initial.statistics, statistics);
    const key = batch[KEY];
    const answer = this.#student.apply(params, running, inputs, { mode, ...(key ? { rng: { key, path: "" } } : {}) });
    return { answer, view: this.#objective.look(answer, batch) };
  }

  /** `look` at a batch in training, which carries the moment of the run. */
  lookInTraining(theta: readonly Value[], statistics: readonly Value[], batch: Arrays<Value>) {
    const { answer, view } = this.look(theta, statistics, batch);
    const trusted = batch[TRUSTED];
    const training: TrainingView = { ...view, moment: batch[MOMENT]!, ...(trusted ? { trusted } : {}) };
    return { answer, view: training };
  }

  /** The same with the method's weights. @param weightsSeeTheta whether derivatives reach θ through them */
  weighed(
    theta: readonly Value[],
    statistics: readonly Value[],
    omega: readonly Value[],
    batch: Arrays<Value>,
    weightsSeeTheta: boolean,
  ) {
    const { answer, view } = this.lookInTraining(theta, statistics, batch);
    const shown = weightsSeeTheta ? view : detached(view);
    const { losses: ownLosses, accumulate, weighsTrusted } = this.#design;
    const tree = this.omegaTree(omega);
    const given = this.#design.weigh(tree, shown);
    const own = ownLosses?.(tree, view) ?? view.losses;
    const kept = view.trusted && !weighsTrusted ? keepTrusted(view, view.trusted, given, own) : undefined;
    const weights = kept?.weights ?? given;
    const candidates = perClass(weights, view);
    const losses = candidates?.losses ?? kept?.losses ?? own;
    return {
      losses,
      weights,
      view,
      // For reports: always the objective's loss, even if the method trains on another.
      loss: weightedLoss({ weights, losses: candidates ? losses : view.losses }),
      reported: candidates?.reported ?? weights,
      omega: accumulate ? leaves(accumulate(tree, shown)) : [],
      statistics: leaves(answer.statistics),
    };
  }

  /** ω by name. */
  omegaTree(omega: readonly Value[]): Tree<Value> {
    return unflatten(this.#initial.omega, omega);
  }
}

/** Weights and losses in which trusted examples have the share of uniform weighting, their label and the objective's loss. */
function keepTrusted(view: View, trusted: Value, weights: Value, own: Value): { weights: Value; losses: Value } {
  const [, K] = weights.shape;
  const share = shares(view);
  const uniform = K === undefined ? share : mul(oneHot(classesOf(view).labels, K), column(share));
  return {
    weights: choose(K === undefined ? trusted : column(trusted), weights, uniform),
    losses: own === view.losses ? own : choose(trusted, own, view.losses),
  };
}

/** `[N]` as `[N, 1]`. */
const column = (x: Value): Value => reshape(x, [x.shape[0]!, 1]);

/**
 * Losses and reported weights of a method that weighs each candidate class of an example; undefined for weights `[N]`.
 * @throws ShapeError for weights of another shape, which would be broadcast
 */
function perClass(weights: Value, view: View): { readonly losses: Value; readonly reported: Value } | undefined {
  const N = view.nll.shape[0]!;
  const { shape } = weights;
  if (sameShape(shape, [N])) return undefined;
  const K = view.classes?.logits.shape[1];
  if (K === undefined || !sameShape(shape, [N, K])) {
    const wanted = [`[${N}]`, ...(K === undefined ? [] : [`[${N},${K}]`])].join(" or ");
    throw new ShapeError(`weigh: expected weights ${wanted}, got [${shape.join(",")}]`);
  }
  const { logits, labels } = classesOf(view);
  return { losses: neg(logSoftmax(logits, 1)), reported: pick(weights, labels) };
}

/** Shapes of a student's internal states without the batch's axis, found by asking it. */
export function internalsOf(
  student: Student,
  { inputs }: StudentForm,
  { theta, statistics }: Pick<Initial, "theta" | "statistics">,
): Internals<readonly number[]> {
  let shapes: Record<string, readonly number[]> = {};
  traceNamed(
    (x) => {
      const params = unflatten(theta, x.theta);
      const answer = student.apply(params, unflatten(statistics, x.statistics), x.inputs, { mode: "train" });
      shapes = Object.fromEntries(Object.entries(answer.internals).map(([name, { shape }]) => [name, shape.slice(1)]));
      return [];
    },
    { theta: leaves(theta), statistics: leaves(statistics), inputs },
  );
  return shapes as Internals<readonly number[]>; // the same names, I0 among them
}
