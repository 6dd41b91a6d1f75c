/**
 * @file Adam (Kingma & Ba 2015): PyTorch's form, which teachers learn by, and fairseq's of 2020, which pre-trains
 * Transformers. With g the gradient and t the number of the step, from 1, both keep
 *
 *     m' = β₁ m + (1 − β₁) g        v' = β₂ v + (1 − β₂) g²        c₁ = 1 − β₁ᵗ        c₂ = 1 − β₂ᵗ
 */

import type { Value } from "../graph/value.ts";
import { add, div, exp, mul, sqrt, sub } from "../ops/elementwise.ts";
import type { Spec } from "../tensor.ts";
import { zeros } from "../tensor.ts";
import type { Optimizer, OptimizerState, OptimizerStep } from "./optimizer.ts";

const zerosLike = (params: readonly Pick<Spec, "shape">[]) => params.map(({ shape }) => zeros(shape));

/** Groups: step count `[]`, first and second moments. */
const init = (params: readonly Pick<Spec, "shape">[]) => ({
  count: [zeros([])],
  first: zerosLike(params),
  second: zerosLike(params),
});

/** t, m' and v', and c of a β. */
function moments({ state, gradient }: Pick<OptimizerStep, "state" | "gradient">, beta1: number, beta2: number) {
  const count = add(state["count"]![0]!, 1);
  const first = gradient.map((g, i) => add(mul(state["first"]![i]!, beta1), mul(g, 1 - beta1)));
  const second = gradient.map((g, i) => add(mul(state["second"]![i]!, beta2), mul(mul(g, g), 1 - beta2)));
  const after: OptimizerState<Value> = { count: [count], first, second };
  // t is an array: βᵗ = exp(t ln β).
  const correction = (beta: number): Value => sub(1, exp(mul(count, Math.log(beta))));
  return { first, second, after, correction };
}

/** θ' = θ − η (m'/c₁) / (√(v'/c₂) + ε), with β = (0.9, 0.999), ε = 1e-8. */
export const adam: Optimizer = {
  name: "adam",
  init,
  step({ params, state, gradient, rate }) {
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
    const { first, second, after, correction } = moments({ state, gradient }, beta1, beta2);
    const moved = params.map((x, i) => {
      const size = add(sqrt(div(second[i]!, correction(beta2))), epsilon);
      return sub(x, mul(div(div(first[i]!, correction(beta1)), size), rate));
    });
    return { params: moved, state: after };
  },
};

/** Keeps the slope of √v' finite where a parameter has never had a gradient; far below what ε leaves of a step. */
const LEAST = 1e-36;

export interface DecoupledAdamOptions {
  /** In (0, 1). */
  readonly beta1: number;
  readonly beta2: number;
  /** More than 0. */
  readonly epsilon: number;
  /** λ, 0 or more. */
  readonly weightDecay: number;
}

/**
 * θ' = (1 − η λ) θ − η (√c₂ / c₁) m' / (√v' + ε): weight decay is no part of the gradient, and ε joins √v' before its
 * bias is corrected.
 */
export const decoupledAdam = ({ beta1, beta2, epsilon, weightDecay }: DecoupledAdamOptions): Optimizer => ({
  name: "adam",
  clocks: ["count"],
  init,
  step({ params, state, gradient, rate }) {
    const { first, second, after, correction } = moments({ state, gradient }, beta1, beta2);
    const corrected = mul(div(sqrt(correction(beta2)), correction(beta1)), rate);
    const kept = sub(1, mul(rate, weightDecay));
    const moved = params.map((x, i) => {
      const along = div(first[i]!, add(sqrt(add(second[i]!, LEAST)), epsilon));
      return sub(weightDecay === 0 ? x : mul(x, kept), mul(along, corrected));
    });
    return { params: moved, state: after };
  },
});
