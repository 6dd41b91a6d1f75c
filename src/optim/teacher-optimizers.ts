/** @file Optimisers of the teacher, each as in PyTorch. */

import type { Value } from "../graph/value.ts";
import { add, div, exp, mul, neg, sqrt, sub } from "../ops/elementwise.ts";
import type { Spec } from "../tensor.ts";
import { zeros } from "../tensor.ts";
import type { Optimizer } from "./optimizer.ts";

const zerosLike = (params: readonly Pick<Spec, "shape">[]) => params.map(({ shape }) => zeros(shape));

/** Adam (Kingma & Ba 2015), β = (0.9, 0.999), ε = 1e-8. Groups: step count `[]`, first and second moments. */
export const adam: Optimizer = {
  name: "adam",
  init: (params) => ({ count: [zeros([])], first: zerosLike(params), second: zerosLike(params) }),
  step({ params, state, gradient, rate }) {
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
    const count = add(state["count"]![0]!, 1);
    const first = gradient.map((g, i) => add(mul(state["first"]![i]!, beta1), mul(g, 1 - beta1)));
    const second = gradient.map((g, i) => add(mul(state["second"]![i]!, beta2), mul(mul(g, g), 1 - beta2)));
    // 1 − βᵗ, with t an array: βᵗ = exp(t ln β).
    const correction = (beta: number): Value => sub(1, exp(mul(count, Math.log(beta))));
    const moved = params.map((x, i) => {
      const size = add(sqrt(div(second[i]!, correction(beta2))), epsilon);
      return sub(x, mul(div(div(first[i]!, correction(beta1)), size), rate));
    });
    return { params: moved, state: { count: [count], first, second } };
  },
};

/** SGD with Nesterov momentum 0.9: b' = 0.9 b + g, x' = x − rate · (g + 0.9 b'). Group: the buffer b. */
export const nesterov: Optimizer = {
  name: "nesterov",
  init: (params) => ({ buffer: zerosLike(params) }),
  step({ params, state, gradient, rate }) {
    const momentum = 0.9;
    const buffer = gradient.map((g, i) => add(mul(state["buffer"]![i]!, momentum), g));
    const moved = params.map((x, i) => sub(x, mul(add(gradient[i]!, mul(buffer[i]!, momentum)), rate)));
    return { params: moved, state: { buffer } };
  },
};

/** Plain gradient steps. */
export const sgd: Optimizer = {
  name: "sgd",
  init: () => ({}),
  step: ({ params, gradient, rate }) => ({
    params: params.map((x, i) => sub(x, mul(gradient[i]!, rate))),
    state: {},
  }),
};

export const teacherOptimizers = { adam, sgd, nesterov } as const;

/** −∂M/∂ω + weight decay · ω: the gradient of what a teacher minimises when it climbs M. */
export const descent = (omega: readonly Value[], ascent: readonly Value[], weightDecay: number): Value[] =>
  omega.map((x, i) => (weightDecay === 0 ? neg(ascent[i]!) : sub(mul(x, weightDecay), ascent[i]!)));
