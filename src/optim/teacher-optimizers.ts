/** @file Optimisers of the teacher, each as in PyTorch. */

import type { Value } from "../graph/value.ts";
import { add, mul, neg, sub } from "../ops/elementwise.ts";
import { zeros } from "../tensor.ts";
import { adam } from "./adam.ts";
import type { Optimizer } from "./optimizer.ts";

/** SGD with Nesterov momentum 0.9: b' = 0.9 b + g, x' = x − rate · (g + 0.9 b'). Group: the buffer b. */
export const nesterov: Optimizer = {
  name: "nesterov",
  init: (params) => ({ buffer: params.map(({ shape }) => zeros(shape)) }),
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
