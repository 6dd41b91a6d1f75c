/**
 * @file Optimisers of the teacher, as pure functions over graph values: (state, ω, gradient) → (state', ω'). All of
 * them ascend: ω moves along +∂M/∂ω.
 */

import type { Value } from "../graph/value.ts";
import type { Operand } from "../ops/elementwise.ts";
import { add, div, exp, mul, neg, sqrt, sub } from "../ops/elementwise.ts";
import type { Spec, Tensor } from "../tensor.ts";
import { zeros } from "../tensor.ts";

/** An optimiser of ω as a pure function. */
export interface TeacherOptimizer {
  readonly name: "adam" | "sgd" | "nesterov";
  /** The initial state: arrays that are kept between updates. */
  init(omega: readonly Spec[]): Tensor[];
  /** @param ascent ∂M/∂ω, M to be maximised */
  update(
    state: readonly Value[],
    omega: readonly Value[],
    ascent: readonly Value[],
  ): { state: Value[]; omega: Value[] };
}

interface Options {
  readonly rate: Operand;
  /** Coefficient of L2 regularisation, which is added to the gradient (not decoupled). */
  readonly weightDecay: number;
}

/** −∂M/∂ω + weight decay · ω: the gradient for a descent method. */
const descent = (omega: readonly Value[], ascent: readonly Value[], weightDecay: number): Value[] =>
  omega.map((x, i) => (weightDecay === 0 ? neg(ascent[i]!) : sub(mul(x, weightDecay), ascent[i]!)));

/**
 * Adam (Kingma & Ba 2015), β = (0.9, 0.999), ε = 1e-8, as in PyTorch. State: step count `[]`, then first and second
 * moments.
 */
export function adam({ rate, weightDecay }: Options): TeacherOptimizer {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  return {
    name: "adam",
    init: (omega) => [zeros([]), ...omega.map(({ shape }) => zeros(shape)), ...omega.map(({ shape }) => zeros(shape))],
    update(state, omega, ascent) {
      const n = omega.length;
      const count = add(state[0]!, 1);
      const g = descent(omega, ascent, weightDecay);
      const first = g.map((x, i) => add(mul(state[1 + i]!, beta1), mul(x, 1 - beta1)));
      const second = g.map((x, i) => add(mul(state[1 + n + i]!, beta2), mul(mul(x, x), 1 - beta2)));
      // 1 − βᵗ, with t an array: βᵗ = exp(t ln β).
      const correction = (beta: number): Value => sub(1, exp(mul(count, Math.log(beta))));
      const moved = omega.map((x, i) => {
        const size = add(sqrt(div(second[i]!, correction(beta2))), epsilon);
        return sub(x, mul(div(div(first[i]!, correction(beta1)), size), rate));
      });
      return { state: [count, ...first, ...second], omega: moved };
    },
  };
}

/** SGD with Nesterov momentum 0.9, as in PyTorch: b' = 0.9 b + g, ω' = ω − rate · (g + 0.9 b'). State: b. */
export function nesterov({ rate, weightDecay }: Options): TeacherOptimizer {
  const momentum = 0.9;
  return {
    name: "nesterov",
    init: (omega) => omega.map(({ shape }) => zeros(shape)),
    update(state, omega, ascent) {
      const g = descent(omega, ascent, weightDecay);
      const b = g.map((x, i) => add(mul(state[i]!, momentum), x));
      return { state: b, omega: omega.map((x, i) => sub(x, mul(add(g[i]!, mul(b[i]!, momentum)), rate))) };
    },
  };
}

/** Plain gradient steps. */
export function sgd({ rate, weightDecay }: Options): TeacherOptimizer {
  return {
    name: "sgd",
    init: () => [],
    update(_state, omega, ascent) {
      const g = descent(omega, ascent, weightDecay);
      return { state: [], omega: omega.map((x, i) => sub(x, mul(g[i]!, rate))) };
    },
  };
}
