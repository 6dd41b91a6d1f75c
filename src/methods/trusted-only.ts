/** @file Baseline: trusted examples alone, as if there were no others. */

import { defineMethod } from "./method.ts";
import { alike } from "./uniform.ts";

export const trustedOnly = defineMethod({
  name: "trusted-only",
  summary: "trains on the trusted examples alone: a baseline",
  source: "mean cross-entropy",
  cost: "none",
  baseline: true,
  trusted: "always",
  options: ["trainOnTrusted"],
  defaults: { trainOnTrusted: 1 },
  phases: () => [{ from: 0, share: 1 }],
  design: alike,
});
