/** @file The baseline: every example weighs 1/N, so that the loss is the batch's mean. */

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
