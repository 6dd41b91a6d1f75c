/** @file Baseline: each example has the weight 1/N, so that the loss is the mean over the batch. */

import { shares } from "../objectives/shares.ts";
import { defineMethod } from "./method.ts";

export const uniform = defineMethod({
  name: "uniform",
  summary: "all examples weigh the same: the baseline",
  source: "mean cross-entropy",
  cost: "none",
  options: [],
  design: () => ({
    init: () => ({}),
    weigh: (_omega, view) => shares(view),
  }),
});
