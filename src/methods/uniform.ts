/** @file Baseline: each example has the weight 1/N, so that the loss is the mean over the batch. */

import { shares } from "../objectives/shares.ts";
import type { Design } from "./method.ts";
import { defineMethod } from "./method.ts";

/** Equal weights, without anything to learn. */
export const alike = (): Design => ({
  init: () => ({}),
  weigh: (_omega, view) => shares(view),
});

export const uniform = defineMethod({
  name: "uniform",
  summary: "all examples weigh the same: the baseline",
  source: "mean cross-entropy",
  cost: "none",
  baseline: true,
  trusted: "never",
  options: [],
  design: alike,
});
