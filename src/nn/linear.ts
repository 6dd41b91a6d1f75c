/** @file Fully connected layer. */

import type { Value } from "../graph/value.ts";
import type { Key } from "../initial.ts";
import { constantTensor, heTensor } from "../initial.ts";
import { add } from "../ops/elementwise.ts";
import { matmul } from "../ops/matmul.ts";
import type { Tensor } from "../tensor.ts";
import type { Tree } from "../tree.ts";
import { leaf } from "../tree.ts";
import type { Layer } from "./layer.ts";
import { childKey } from "./layer.ts";

/** x W + b with the `weight` and `bias` of a layer. */
export const affine = (params: Tree<Value>, x: Value): Value =>
  add(matmul(x, leaf(params, "weight")), leaf(params, "bias"));

/** Makes the initial numbers of a weight `[inputs, outputs]`. */
export type InitWeight = (key: Key, shape: readonly [inputs: number, outputs: number]) => Tensor;

const he: InitWeight = (key, shape) => heTensor(key, shape, shape[0]);

/**
 * y = x W + b: x `[N, inputs]` → `[N, outputs]`. W `[inputs, outputs]` starts as in He et al. (2015) unless `initWeight`
 * says otherwise, b at 0.
 */
export function linear(inputs: number, outputs: number, initWeight: InitWeight = he): Layer {
  return {
    init: (key) => ({
      params: {
        weight: initWeight(childKey(key, "weight"), [inputs, outputs]),
        bias: constantTensor([outputs], 0),
      },
      statistics: {},
    }),
    apply: (params, statistics, x) => ({ y: affine(params, x), statistics }),
  };
}
