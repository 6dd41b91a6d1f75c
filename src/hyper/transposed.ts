/**
 * @file One step back through any optimiser whose step is a graph, (θ', s') = F(θ, s, g) with g = ∇θ L(θ, ω): no step
 * is undone, so θ and s before it must have been kept. The step itself is transposed,
 *
 *     (dθ, ds, dg) ← Fᵀ(θ, s, g) · (dθ', ds')
 *     dω ← dω + ∇ω (g · dg)
 *     dθ ← dθ + ∇θ (g · dg)
 *
 * with dg held constant in the products. Of momentum SGD, where dg is dv, this is adjoint.ts without the reversal.
 */

import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import type { Optimizer, OptimizerState, OptimizerStep } from "../optim/optimizer.ts";
import { flatState, groupedState } from "../optim/optimizer.ts";
import { substitute, vjp } from "../transform/grad.ts";
import type { Replayed } from "./adjoint.ts";
import { addAll, productsAlong } from "./adjoint.ts";
import type { InnerProblem } from "./problem.ts";

/** Derivatives of M after a step, or before it. */
export interface Cotangents {
  readonly dTheta: readonly Value[];
  /** Of the optimiser's groups that a gradient enters. */
  readonly dState: OptimizerState<Value>;
}

/** θ and the optimiser's state before a step. */
export interface Kept {
  readonly theta: readonly Value[];
  readonly state: OptimizerState<Value>;
}

/** The groups that a gradient enters. */
export const entered = <Leaf>({ clocks = [] }: Optimizer, state: OptimizerState<Leaf>): OptimizerState<Leaf> =>
  Object.fromEntries(Object.entries(state).filter(([name]) => !clocks.includes(name)));

/** Derivatives of M before the optimiser's step, those of its gradient among them, from those after it. */
export function transposedStep(
  optimizer: Optimizer,
  { params, state, gradient, rate }: OptimizerStep,
  { dTheta, dState }: Cotangents,
): Cotangents & { readonly dGradient: readonly Value[] } {
  const moving = entered(optimizer, state);
  const own = [...params, ...flatState(moving), ...gradient];
  // At fresh inputs, so that the gradient counts as one, and not as what it was computed from.
  const fresh = own.map((x) => input(x));
  const [P, G] = [params.length, own.length - gradient.length];
  const groups = groupedState(moving, fresh.slice(P, G));
  const after = optimizer.step({
    params: fresh.slice(0, P),
    state: { ...state, ...groups },
    gradient: fresh.slice(G),
    rate,
  });
  const outputs = [...after.params, ...flatState(entered(optimizer, after.state))];
  const before = substitute(vjp(outputs, fresh, [...dTheta, ...flatState(dState)]), fresh, own);
  return { dTheta: before.slice(0, P), dState: groupedState(moving, before.slice(P, G)), dGradient: before.slice(G) };
}

/**
 * A whole step back: derivatives before it, and its share of dM/dω.
 * @param optimizer that took it
 */
export function stepBackThrough(
  problem: InnerProblem,
  optimizer: Optimizer,
  { theta, state }: Kept,
  after: Cotangents,
  replayed: Replayed,
): Cotangents & { readonly dOmega: readonly Value[] } {
  const { gradient, along } = productsAlong(problem, theta, replayed);
  const step = { params: theta, state, gradient, rate: replayed.rate };
  const { dTheta, dState, dGradient } = transposedStep(optimizer, step, after);
  const { product, dOmega } = along(dGradient);
  return { dTheta: addAll(dTheta, product), dState, dOmega };
}
