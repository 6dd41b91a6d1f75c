/** @file Layer normalisation (Ba, Kiros & Hinton 2016) over the numbers of each row. */

import { constantTensor } from "../initial.ts";
import { add, mul, reciprocal, sqrt, sub } from "../ops/elementwise.ts";
import { mean } from "../ops/reduce.ts";
import { leaf } from "../tree.ts";
import type { Layer } from "./layer.ts";

const EPSILON = 1e-5;

/**
 *     y = weight · (x − m) / √(s² + ε) + bias          per row, ε = 1e-5
 *
 * x `[R, width]` → the same shape; m and s² are the row's mean and biased variance. Weight and bias `[width]` start at
 * 1 and 0.
 */
export function layerNorm(width: number): Layer {
  return {
    init: () => ({
      params: { weight: constantTensor([width], 1), bias: constantTensor([width], 0) },
      statistics: {},
    }),
    apply(params, statistics, x) {
      const centred = sub(x, mean(x, [1]));
      const scale = reciprocal(sqrt(add(mean(mul(centred, centred), [1]), EPSILON)));
      return { y: add(mul(mul(centred, scale), leaf(params, "weight")), leaf(params, "bias")), statistics };
    },
  };
}
