/**
 * @file The bilevel problem as the hypergradient sees it: weighted steps of momentum SGD, or of another optimiser,
 * inside; a validation metric outside. No models.
 */

import type { Value } from "../graph/value.ts";
import { sumAll } from "../ops/broadcast.ts";
import { add, mul } from "../ops/elementwise.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Spec } from "../tensor.ts";
import { gradient } from "../transform/grad.ts";
import type { Arrays } from "../tree.ts";

/**
 * What becomes of ∂w/∂θ, the weights' dependence on the student (algorithms 2.10): `cut` drops it everywhere
 * (the paper's default; slightly biased), `cut-exact` drops it in the student's gradient alone, so that ∂M/∂ω
 * is exact, `deep` keeps it in both.
 */
export type Interaction = "cut" | "cut-exact" | "deep";

/** Losses and weights of one batch: of its N examples, or of each class that each of them may have. */
export interface Examples {
  /** ℓₖ(θ, ω), `[N]` or `[N, classes]`; most methods' do not depend on ω */
  readonly losses: Value;
  /** wₖ(θ, ω), of the same shape */
  readonly weights: Value;
}

/**
 * The inner problem: L(θ, ω) = Σₖ wₖ ℓₖ + (λ/2) ‖θ‖², one batch a step. Batches may differ in their shapes from
 * step to step.
 */
export interface InnerProblem {
  readonly theta: readonly Spec[];
  readonly omega: readonly Spec[];
  /**
   * @param weightsSeeTheta whether derivatives reach θ through the weights; when not, the weights' features are
   * held constant
   */
  perExample(
    theta: readonly Value[],
    omega: readonly Value[],
    batch: Arrays<Value>,
    weightsSeeTheta: boolean,
  ): Examples;
  /** μ, in [0, 1); more than 0 where a step but the first of a window is reversed */
  readonly momentum: number;
  /** λ, on every parameter */
  readonly weightDecay: number;
  readonly interaction: Interaction;
  /**
   * The optimiser of the steps where it is not momentum SGD: the sweep goes back through it by its transpose, from kept
   * parameters and states.
   */
  readonly optimizer?: Optimizer;
}

/** The outer problem: M(θ), to be maximised. */
export interface OuterProblem {
  /** Scalar metric on a clean batch. */
  metric(theta: readonly Value[], batch: Arrays<Value>): Value;
}

/** Σₖ wₖ ℓₖ as a scalar. */
export function weightedLoss({ weights, losses }: Examples): Value {
  return sumAll(mul(weights, losses));
}

/** g = ∇θ L(θ, ω): what momentum SGD steps along. */
export function studentGradient(problem: InnerProblem, theta: readonly Value[], examples: Examples): Value[] {
  return withDecay(problem, gradient(weightedLoss(examples), theta), theta);
}

/** Adds λ x. */
export function withDecay({ weightDecay }: InnerProblem, g: readonly Value[], x: readonly Value[]): Value[] {
  return weightDecay === 0 ? [...g] : g.map((value, i) => add(value, mul(x[i]!, weightDecay)));
}
