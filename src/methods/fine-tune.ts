/**
 * @file Baseline: untrusted examples first, then trusted ones alone, under the one schedule of learning rates. By
 * default the trusted ones have the last third of the steps, after the first fall of the learning rate.
 */

import { share, withFacts } from "../fields.ts";
import { defineMethod } from "./method.ts";
import { ownFields } from "./options.ts";
import { alike } from "./uniform.ts";

const fields = ownFields({
  fineTuneFrom: withFacts(
    share("Share of the steps before --method fine-tune goes over to trusted examples").default(0.67),
    { since: { version: "0.2.0", value: 0.67 } },
  ),
});

export const fineTune = defineMethod({
  name: "fine-tune",
  summary: "trains on untrusted examples, then on the trusted ones: a baseline",
  source: "mean cross-entropy; the Fine-tuning rows of Shu et al., Meta-Weight-Net, NeurIPS 2019",
  cost: "none",
  baseline: true,
  trusted: "always",
  fields,
  options: ["trainOnTrusted"],
  defaults: { trainOnTrusted: 1 },
  phases: ({ fineTuneFrom }) => [
    { from: 0, share: 0 },
    { from: fineTuneFrom, share: 1 },
  ],
  design: alike,
});
