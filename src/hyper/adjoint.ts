/**
 * @file One step of Algorithm 1 backwards (Fan et al. 2021, Eqs. 4–6; signs, index of η and the division by μ
 * corrected; reversal after Maclaurin, Duvenaud & Adams 2015). In the loop shape that leaves no index of η to
 * get wrong:
 *
 *     dv ← dv − η dθ                      now dM/dvₜ₊₁
 *     θ  ← θ + η v                        θₜ, or the one that was kept
 *     v  ← (v − g) / μ                    vₜ, with g = ∇θ L(θₜ, ω)
 *     dω ← dω + ∇ω (g · dv)
 *     dθ ← dθ + ∇θ (g · dv)
 *     dv ← μ dv
 *
 * With dv held constant, one forward-over-reverse pass `jvp(∇L(θ, ω), [dv, 0])` gives ∇θ(g·dv) and ∇ω(g·dv),
 * and g on the way, whether ω acts through the weights or the losses. At the window's start only dω is wanted:
 * what is left of the pass there is one forward tangent and the teacher's own backward pass.
 */

import type { Value } from "../graph/value.ts";
import { concat, reshape } from "../ops/movement.ts";
import { add, mul, relu, stopGradient, sub } from "../ops/elementwise.ts";
import { fill } from "../ops/broadcast.ts";
import { max } from "../ops/reduce.ts";
import { thetaBefore, velocityBefore } from "../optim/momentum.ts";
import { gradient } from "../transform/grad.ts";
import { jvp } from "../transform/jvp.ts";
import type { Arrays } from "../tree.ts";
import type { InnerProblem } from "./problem.ts";
import { weightedLoss, withDecay } from "./problem.ts";

/** The sweep's state between two steps, at the later one. */
export interface Adjoint {
  /** θₜ₊₁, or θₜ itself when it was kept. */
  readonly theta: readonly Value[];
  /** vₜ₊₁ */
  readonly velocity: readonly Value[];
  /** dM/dθₜ₊₁ */
  readonly dTheta: readonly Value[];
  /** μ · dM/dvₜ₊₂: what step t + 1 left; zeros at the end of the window */
  readonly dVelocity: readonly Value[];
}

export interface Replayed {
  readonly omega: readonly Value[];
  readonly batch: Arrays<Value>;
  /** ηₜ, the rate that step t really used. */
  readonly rate: Value;
}

const orZeros = (tangents: readonly (Value | undefined)[], like: readonly Value[]): Value[] =>
  tangents.map((tangent, i) => tangent ?? fill(0, like[i]!.shape));

/** a + b, array by array. */
export const addAll = (a: readonly Value[], b: readonly Value[]): Value[] => a.map((x, i) => add(x, b[i]!));

/** dM/dvₜ₊₁ and θₜ. */
function stepBack(
  adjoint: Adjoint,
  { rate }: Replayed,
  thetaIsKept: boolean,
): { dv: Value[]; theta: readonly Value[] } {
  const dv = adjoint.dVelocity.map((x, i) => sub(x, mul(adjoint.dTheta[i]!, rate)));
  return { dv, theta: thetaIsKept ? adjoint.theta : thetaBefore(adjoint, rate) };
}

/** ∇ω(g·dv) alone: one forward tangent through the student, and the teacher's backward pass. */
export function lastAdjointStep(
  problem: InnerProblem,
  adjoint: Adjoint,
  replayed: Replayed,
  thetaIsKept: boolean,
): { dOmega: Value[]; theta: readonly Value[] } {
  const { dv, theta } = stepBack(adjoint, replayed, thetaIsKept);
  const loss = weightedLoss(problem.perExample(theta, replayed.omega, replayed.batch, problem.interaction === "deep"));
  const dOmega = jvp(gradient(loss, replayed.omega), theta, dv);
  return { dOmega: orZeros(dOmega, replayed.omega), theta };
}

/** A whole step: state at t and this step's share of dM/dω. */
export function adjointStep(
  problem: InnerProblem,
  adjoint: Adjoint,
  replayed: Replayed,
  thetaIsKept: boolean,
): { adjoint: Adjoint; dOmega: Value[] } {
  const { dv, theta } = stepBack(adjoint, replayed, thetaIsKept);
  const { gradient: g, along } = productsAlong(problem, theta, replayed);
  const { product, dOmega } = along(dv);
  return {
    adjoint: {
      theta,
      // Only a reversal needs vₜ.
      velocity: thetaIsKept ? adjoint.velocity : velocityBefore(adjoint.velocity, g, problem.momentum),
      dTheta: addAll(adjoint.dTheta, product),
      dVelocity: dv.map((x) => mul(x, problem.momentum)),
    },
    dOmega,
  };
}

/** g = ∇θ L at θ, and the products of its derivatives with any direction: ∇θ(g · d) and ∇ω(g · d). */
export function productsAlong(problem: InnerProblem, theta: readonly Value[], replayed: Replayed) {
  const { omega, batch } = replayed;
  const examples = problem.perExample(theta, omega, batch, problem.interaction === "deep");
  const partials = gradient(weightedLoss(examples), [...theta, ...omega]);
  return {
    gradient: withDecay(problem, partials.slice(0, theta.length), theta),
    along: (d: readonly Value[]): { product: Value[]; dOmega: Value[] } => {
      const tangents = orZeros(jvp(partials, theta, d), [...theta, ...omega]);
      const product = withDecay(problem, tangents.slice(0, theta.length), d);
      const exact = problem.interaction === "cut-exact" ? throughWeights(problem, theta, replayed, d) : undefined;
      return { product: exact ? addAll(product, exact) : product, dOmega: tangents.slice(theta.length) };
    },
  };
}

/** Σₖ sₖ ∇θ wₖ with sₖ = ∇ℓₖ · dv: the part of ∇θ(g·dv) that `cut` drops. */
function throughWeights(
  problem: InnerProblem,
  theta: readonly Value[],
  { omega, batch }: Replayed,
  dv: readonly Value[],
): Value[] {
  const { losses, weights } = problem.perExample(theta, omega, batch, true);
  const [s] = orZeros(jvp([losses], theta, dv), [losses]);
  return gradient(weightedLoss({ weights, losses: stopGradient(s!) }), theta);
}

/** max |a − b| over all arrays, as a scalar. */
export function largestDifference(a: readonly Value[], b: readonly Value[]): Value {
  const each = a.map((x, i) => {
    const difference = sub(x, b[i]!);
    const size = add(relu(difference), relu(sub(b[i]!, x)));
    return reshape(
      max(
        size,
        size.shape.map((_, axis) => axis),
      ),
      [1],
    );
  });
  return reshape(max(concat(each, 0), [0]), []);
}
