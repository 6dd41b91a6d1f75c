/** @file Convolution layer. */

import { heTensor } from "../initial.ts";
import type { Window } from "../ops/convolution.ts";
import { conv2d } from "../ops/convolution.ts";
import { leaf } from "../tree.ts";
import type { Layer } from "./layer.ts";
import { childKey } from "./layer.ts";

/**
 * Bias-free convolution: x `[N, inputs, H, W]` → `[N, outputs, OH, OW]`. The weight `[outputs, inputs, kernel, kernel]`
 * starts as in He et al. (2015). Zero padding keeps the image's size at stride 1; `kernel` must be odd.
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
