/**
 * @file Momentum SGD in PyTorch's form, without dampening or Nesterov, and its inverse (Fan et al. 2021, Eq. 2 and
 * Algorithm 1, corrected):
 *
 *     v' = μ v + g        θ' = θ − η v'
 *     θ  = θ' + η v'      v  = (v' − g) / μ
 */

import type { Value } from "../graph/value.ts";
import { add, mul, sub } from "../ops/elementwise.ts";
import { zeros } from "../tensor.ts";
import type { Optimizer } from "./optimizer.ts";

/** The student's optimiser. Its one group is the velocity v. @param momentum μ, in [0, 1) */
export const momentumSgd = (momentum: number) =>
  ({
    name: "momentum",
    init: (params) => ({ velocity: params.map(({ shape }) => zeros(shape)) }),
    step({ params, state, gradient, rate }) {
      const velocity = state["velocity"]!.map((v, i) => add(mul(v, momentum), gradient[i]!));
      return { params: params.map((x, i) => sub(x, mul(velocity[i]!, rate))), state: { velocity } };
    },
  }) satisfies Optimizer;

/** Parameters θ and velocity v, as parallel lists of arrays. */
export interface MomentumState {
  readonly theta: readonly Value[];
  readonly velocity: readonly Value[];
}

/** θ before the step that led to (θ', v'). `velocityBefore` needs the gradient at this θ. */
export function thetaBefore({ theta, velocity }: MomentumState, rate: Value): Value[] {
  return theta.map((x, i) => add(x, mul(velocity[i]!, rate)));
}

/** v before the step, given the gradient g at θ before it. @param momentum μ, in (0, 1) */
export function velocityBefore(velocity: readonly Value[], gradient: readonly Value[], momentum: number): Value[] {
  return velocity.map((v, i) => mul(sub(v, gradient[i]!), 1 / momentum));
}
