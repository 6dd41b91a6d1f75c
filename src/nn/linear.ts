/** @file Fully connected layer. */

import { constantTensor, heTensor } from "../initial.ts";
import { add } from "../ops/elementwise.ts";
import { matmul } from "../ops/matmul.ts";
import { leaf } from "../tree.ts";
import type { Layer } from "./layer.ts";
import { childKey } from "./layer.ts";

/** y = x W + b: x `[N, inputs]` → `[N, outputs]`. W `[inputs, outputs]` starts as in He et al. (2015), b at 0. */
export function linear(inputs: number, outputs: number): Layer {
  return {
    init: (key) => ({
      params: {
        weight: heTensor(childKey(key, "weight"), [inputs, outputs], inputs),
        bias: constantTensor([outputs], 0),
      },
      statistics: {},
    }),
    apply: (params, statistics, x) => ({ y: add(matmul(x, leaf(params, "weight")), leaf(params, "bias")), statistics }),
  };
}
