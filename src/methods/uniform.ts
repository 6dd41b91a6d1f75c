/** @file The baseline: every example weighs 1/N, so that the loss is the batch's mean. */

import { shares } from "../objectives/shares.ts";
import type { Method } from "./method.ts";

export const uniform: Method = {
  name: "uniform",
  summary: "all examples weigh the same: the baseline",
  source: "mean cross-entropy",
  cost: "none",
  options: [],
  design: () => ({
    init: () => ({}),
    weigh: (_omega, view) => shares(view),
  }),
};
