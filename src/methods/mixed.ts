/** @file Baseline: trusted examples among the others, each drawn `--trusted-copies` times as often. */

import { defineMethod } from "./method.ts";
import { alike } from "./uniform.ts";

export const mixed = defineMethod({
  name: "mixed",
  summary: "trains on all examples, and on the trusted ones more often: a baseline",
  source: "mean cross-entropy",
  cost: "none",
  baseline: true,
  trusted: "always",
  options: ["trainOnTrusted", "trustedCopies"],
  defaults: { trainOnTrusted: 1 },
  design: alike,
});
