/** @file Rows as in test/laws/cases.ts, with images large enough for an engine's own memory layout. */

import type { Value } from "../../src/graph/value.ts";
import { expand, sum } from "../../src/ops/broadcast.ts";
import { conv2d } from "../../src/ops/convolution.ts";
import { add, mul, neg, relu, step, sub, tanh } from "../../src/ops/elementwise.ts";
import { pad, reshape, slice } from "../../src/ops/movement.ts";
import { mean } from "../../src/ops/reduce.ts";
import { batchNorm } from "../../src/nn/batch-norm.ts";
import { float } from "../../src/tensor.ts";
import type { ConvolutionExtents, OpCase } from "../laws/cases.ts";
import { convolutionCases } from "../laws/cases.ts";

/** The three ops of the family on one window. Images are one pixel wider than high. */
function convolution(wanted: Pick<ConvolutionExtents, "C" | "O"> & Partial<ConvolutionExtents>): OpCase[] {
  const { N = 20, C, O, extent = 6, kernel = 3, stride = 1, pad: padding = (kernel - 1) / 2 } = wanted;
  const name = `N ${N}, C ${C}, O ${O}, ${extent}×${extent + 1}, ${kernel}×${kernel}, stride ${stride}, pad ${padding}`;
  return convolutionCases(name, { N, C, O, extent, kernel, stride, pad: padding });
}

const image = float([3, 32, 4, 5]);
const kernel = float([32, 32, 1, 1]);
const channel = float([1, 32, 1, 1]);
const one = { stride: 1, pad: 0 };

/** An op after a convolution, so that its operand has the engine's own layout. */
const after = (name: string, f: (y: Value, v: Value, x: Value) => Value): OpCase => ({
  name: `${name}, after a convolution`,
  op: "conv2d",
  f: (x, w, v) => f(conv2d(x, w, one), v, x),
  specs: [image, kernel, channel],
});

export const imageCases: readonly OpCase[] = [
  ...convolution({ N: 16, C: 16, O: 16 }),
  ...convolution({ C: 16, O: 32 }),
  ...convolution({ N: 33, C: 32, O: 16, extent: 4 }),
  ...convolution({ N: 16, C: 48, O: 32, extent: 4 }),
  ...convolution({ N: 16, C: 16, O: 32, stride: 2 }),
  ...convolution({ C: 32, O: 48, extent: 5, stride: 2 }),
  ...convolution({ N: 33, C: 16, O: 16, extent: 7, stride: 2 }),
  ...convolution({ C: 16, O: 32, kernel: 1 }),
  ...convolution({ N: 33, C: 32, O: 16, kernel: 1, stride: 2 }),
  ...convolution({ C: 16, O: 16, kernel: 1, stride: 2, extent: 5 }),
  ...convolution({ N: 2, C: 16, O: 16, kernel: 5, stride: 2 }),
  ...convolution({ N: 3, C: 16, O: 16, kernel: 3, stride: 3, extent: 7 }),
  ...convolution({ N: 3, C: 16, O: 16, kernel: 3, pad: 0 }),
  ...convolution({ N: 1, C: 16, O: 16 }),
  ...convolution({ N: 2, C: 16, O: 16, stride: 2, pad: 0 }),
  ...convolution({ N: 2, C: 16, O: 16, kernel: 2, stride: 2, pad: 0 }),
  ...convolution({ N: 2, C: 16, O: 16, kernel: 2, pad: 1, stride: 3, extent: 7 }),
  ...convolution({ N: 3, C: 16, O: 16, kernel: 1, pad: 1 }),
  ...convolution({ N: 3, C: 16, O: 16, kernel: 1, pad: 1, stride: 2 }),
  ...convolution({ N: 20, C: 3, O: 16 }),
  ...convolution({ N: 33, C: 3, O: 32, stride: 2 }),
  ...convolution({ N: 4, C: 16, O: 10 }),
  ...convolution({ N: 4, C: 20, O: 16 }),
  after("per-channel factors and terms", (y, v) => add(mul(sub(y, v), v), neg(mul(v, v)))),
  after("a sum of scaled arrays", (y, v, x) => sub(mul(y, v), mul(add(x, tanh(y)), 0.5))),
  after("a shortcut and a relu", (y, v, x) => relu(add(add(mul(y, v), v), x))),
  after("a sum that reads an array twice", (y, v) => add(mul(tanh(y), v), tanh(y))),
  after("the difference of two convolutions", (y, v, x) =>
    sub(y, conv2d(x, expand(reshape(v, [32, 1, 1, 1]), [32, 32, 1, 1]), one)),
  ),
  after("a mask", (y, v, x) => mul(x, step(add(y, v)))),
  after("one factor per example", (y, _v, x) => mul(y, mean(x, [1, 2, 3]))),
  after("one factor per example and channel", (y, v) => mul(tanh(y), add(mean(y, [2, 3]), v))),
  after("sums over pixels", (y) => sum(tanh(y), [2, 3])),
  after("sums over examples and pixels", (y) => sum(tanh(y), [0, 2, 3])),
  after("sums over channels", (y) => sum(tanh(y), [1])),
  after("a sum over everything", (y) => sum(tanh(y))),
  after("every second pixel", (y) => slice(tanh(y), { size: [3, 32, 2, 3], step: [1, 1, 2, 2] })),
  after("every second pixel, new channels", (y) => {
    const picked = slice(tanh(y), { size: [3, 32, 2, 3], step: [1, 1, 2, 2] });
    return pad(picked, { low: [0, 8, 0, 0], high: [0, 24, 0, 0] });
  }),
  after("some channels", (y) => slice(tanh(y), { start: [0, 9, 0, 0], size: [3, 16, 4, 5] })),
  after("a window of pixels", (y) => slice(tanh(y), { start: [0, 0, 1, 2], size: [3, 32, 2, 3] })),
  after("zeros around pixels", (y) => pad(tanh(y), { low: [0, 0, 1, 0], high: [0, 0, 0, 2] })),
  {
    name: "a residual block with option A between stages",
    op: "conv2d",
    f: (x, w1, w2, gamma, beta) => {
      const norm = (y: Value): Value =>
        batchNorm(32).apply({ gamma: gamma, beta: beta }, { mean: beta, variance: gamma }, y, { mode: "train" }).y;
      const y = norm(conv2d(relu(norm(conv2d(x, w1, { stride: 2, pad: 1 }))), w2, { stride: 1, pad: 1 }));
      const picked = slice(x, { size: [5, 16, 3, 4], step: [1, 1, 2, 2] });
      return tanh(add(y, pad(picked, { low: [0, 8, 0, 0], high: [0, 8, 0, 0] })));
    },
    specs: [float([5, 16, 6, 7]), float([32, 16, 3, 3]), float([32, 32, 3, 3]), float([32]), float([32])],
    range: [0.2, 1],
  },
];
