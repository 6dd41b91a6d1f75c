/** @file Convolution layer. */

import { heTensor } from "../initial.ts";
import type { Window } from "../ops/convolution.ts";
import { conv2d } from "../ops/convolution.ts";
import { leaf } from "../tree.ts";
import type { Layer } from "./layer.ts";
import { childKey } from "./layer.ts";

/**
 * Bias-free convolution: x `[N, inputs, H, W]` → `[N, outputs, OH, OW]`, weight `[outputs, inputs, kernel, kernel]` drawn as He et al.
 * Zeros surround the image so that a stride of 1 keeps its size.
 */
export function conv(inputs: number, outputs: number, kernel = 3, stride = 1): Layer {
  const window: Window = { stride, pad: (kernel - 1) / 2 };
  const shape = [outputs, inputs, kernel, kernel];
  return {
    init: (key) => ({
      params: { weight: heTensor(childKey(key, "weight"), shape, inputs * kernel * kernel) },
      statistics: {},
    }),
    apply: (params, statistics, x) => ({ y: conv2d(x, leaf(params, "weight"), window), statistics }),
  };
}
