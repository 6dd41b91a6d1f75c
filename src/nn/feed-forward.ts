/** @file The two products of a Transformer's layer that look at one place alone. */

import { uniformTensor } from "../initial.ts";
import { relu } from "../ops/elementwise.ts";
import { child } from "../tree.ts";
import type { Layer } from "./layer.ts";
import { initAll } from "./layer.ts";
import { affine, linear } from "./linear.ts";

/**
 * y = relu(x W₁ + b₁) W₂ + b₂: x `[R, width]` → the same shape. Parameters are `in` `[width, inner]` and `out`
 * `[inner, width]`, each with a bias. Weights start uniform within ±1/√fan-in, biases at 0.
 */
export function feedForward(width: number, inner: number): Layer {
  const fanIn = (inputs: number, outputs: number): Layer =>
    linear(inputs, outputs, (key, shape) => uniformTensor(key, shape, inputs ** -0.5));
  const layers = { in: fanIn(width, inner), out: fanIn(inner, width) };
  return {
    init: (key) => ({ ...initAll(layers, key), statistics: {} }),
    apply(params, statistics, x) {
      const hidden = relu(affine(child(params, "in"), x));
      return { y: affine(child(params, "out"), hidden), statistics };
    },
  };
}
