/**
 * @file Momentum SGD in PyTorch's form, without dampening or Nesterov, and its inverse (Fan et al. 2021, Eq. 2 and
 * Algorithm 1, corrected):
 *
 *     v' = μ v + g        θ' = θ − η v'
 *     θ  = θ' + η v'      v  = (v' − g) / μ
 */

import type { Value } from "../graph/value.ts";
import { add, mul, sub } from "../ops/elementwise.ts";

/** Parameters θ and velocity v, as parallel lists of arrays. */
export interface MomentumState {
  readonly theta: readonly Value[];
  readonly velocity: readonly Value[];
}

/** One step. `gradient` includes weight decay. */
export function momentumStep(
  { theta, velocity }: MomentumState,
  gradient: readonly Value[],
  rate: Value,
  momentum: number,
): MomentumState {
  const after = velocity.map((v, i) => add(mul(v, momentum), gradient[i]!));
  return { theta: theta.map((x, i) => sub(x, mul(after[i]!, rate))), velocity: after };
}

/** θ before the step that led to (θ', v'). `velocityBefore` needs the gradient at this θ. */
export function thetaBefore({ theta, velocity }: MomentumState, rate: Value): Value[] {
  return theta.map((x, i) => add(x, mul(velocity[i]!, rate)));
}

/** v before the step, given the gradient g at θ before it. */
export function velocityBefore(velocity: readonly Value[], gradient: readonly Value[], momentum: number): Value[] {
  return velocity.map((v, i) => mul(sub(v, gradient[i]!), 1 / momentum));
}
