/**
 * @file Focal loss (Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, equation 4, without α). The more
 * probability the student gives an example's label, the less the example weighs,
 *
 *     L = (1/N) Σₖ (1 − pₖ)^γ · (−ln pₖ),      pₖ = softmax(logits)ₖ,ᵧ
 *
 * Of a pair of sentences pₖ is the geometric mean of its tokens' probabilities (ours). As in the paper, the gradient also goes through the factor; with `--focal-detach` the factor is detached. The weights
 * do not sum to 1.
 */

import type { Value } from "../graph/value.ts";
import { timesShares } from "../objectives/shares.ts";
import type { View } from "../objectives/view.ts";
import { sum } from "../ops/broadcast.ts";
import { softmax } from "../ops/compose.ts";
import { add, exp, log, mul, neg, relu, sub } from "../ops/elementwise.ts";
import { oneHot } from "../ops/gather.ts";
import { reshape } from "../ops/movement.ts";
import { flag, rate } from "../fields.ts";
import { defineMethod } from "./method.ts";
import { ownFields } from "./options.ts";

/** Lower bound of 1 − p, which keeps the logarithm finite and, for γ < 1, also the slope. */
const LEAST = 1e-12;

const fields = ownFields({
  focalGamma: rate("γ of --method focal; the paper tried 0.5, 1 and 2").default(1),
  focalDetach: flag("Hold focal's factor constant in the gradient").default(false),
});

/** 1 − p `[N]`: the probability of other classes; of tokens, p is the geometric mean of their probabilities. */
function improbability(view: View): Value {
  const { classes, nll } = view;
  if (!classes) return sub(1, exp(neg(nll)));
  const { logits, labels } = classes;
  const [N, K] = logits.shape as [number, number];
  // The sum of the other classes' probabilities avoids cancellation near p = 1.
  const others = mul(softmax(logits, 1), sub(1, oneHot(labels, K)));
  return reshape(sum(others, [1]), [N]);
}

export const focal = defineMethod({
  name: "focal",
  summary: "examples that the student is sure of weigh less, by (1 − p)^γ",
  source: "Lin et al., Focal Loss for Dense Object Detection, ICCV 2017",
  cost: "none",
  fields,
  options: [],
  design: (_spec, { focalGamma, focalDetach }) => ({
    init: () => ({}),
    differentiable: !focalDetach,
    weigh(_omega, view) {
      const rest = add(relu(sub(improbability(view), LEAST)), LEAST);
      return timesShares(exp(mul(log(rest), focalGamma)), view);
    },
  }),
});
