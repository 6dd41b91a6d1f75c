/** @file Batch normalisation (Ioffe & Szegedy 2015) over examples and pixels. */

import type { Value } from "../graph/value.ts";
import { constantTensor } from "../initial.ts";
import { add, mul, reciprocal, sqrt, sub } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { mean } from "../ops/reduce.ts";
import { leaf } from "../tree.ts";
import type { Layer } from "./layer.ts";

const EPSILON = 1e-5;
/** Weight of the new batch in the running statistics. */
const MOMENTUM = 0.1;

/**
 *     y = γ (x − m) / √(s² + ε) + β          per channel, ε = 1e-5
 *
 * x `[N, C, H, W]` → the same shape. In `train` mode m and s² are the batch's mean and biased variance, and are
 * differentiated. In `eval` mode they are the running statistics. The running variance averages the unbiased estimate,
 * as in PyTorch.
 */
export function batchNorm(channels: number): Layer {
  return {
    init: () => ({
      params: { gamma: constantTensor([channels], 1), beta: constantTensor([channels], 0) },
      statistics: { mean: constantTensor([channels], 0), variance: constantTensor([channels], 1) },
    }),
    apply(params, statistics, x, { mode }) {
      const perChannel = (v: Value): Value => reshape(v, [1, channels, 1, 1]);
      const running = { mean: leaf(statistics, "mean"), variance: leaf(statistics, "variance") };
      const batchMean = mean(x, [0, 2, 3]);
      const centred = sub(x, mode === "train" ? batchMean : perChannel(running.mean));
      const variance = mode === "train" ? mean(mul(centred, centred), [0, 2, 3]) : perChannel(running.variance);
      const scale = mul(perChannel(leaf(params, "gamma")), reciprocal(sqrt(add(variance, EPSILON))));
      const y = add(mul(centred, scale), perChannel(leaf(params, "beta")));
      if (mode === "eval") return { y, statistics };

      const [N, , H, W] = x.shape as [number, number, number, number];
      const unbiased = mul(variance, (N * H * W) / Math.max(1, N * H * W - 1));
      const follow = (old: Value, now: Value): Value =>
        add(mul(old, 1 - MOMENTUM), mul(reshape(now, [channels]), MOMENTUM));
      return { y, statistics: { mean: follow(running.mean, batchMean), variance: follow(running.variance, unbiased) } };
    },
  };
}
