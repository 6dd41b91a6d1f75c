/**
 * @file Focal loss (Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, equation 4, without α). The more
 * probability the student gives an example's label, the less the example weighs,
 *
 *     L = (1/N) Σₖ (1 − pₖ)^γ · (−ln pₖ),      pₖ = softmax(logits)ₖ,ᵧ
 *
 * As in the paper, the gradient also goes through the factor; with `--focal-detach` the factor is detached. The weights
 * do not sum to 1.
 */

import { timesShares } from "../objectives/shares.ts";
import { classesOf } from "../objectives/view.ts";
import { sum } from "../ops/broadcast.ts";
import { softmax } from "../ops/compose.ts";
import { add, exp, log, mul, relu, sub } from "../ops/elementwise.ts";
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

export const focal = defineMethod({
  name: "focal",
  summary: "examples that the student is sure of weigh less, by (1 − p)^γ",
  source: "Lin et al., Focal Loss for Dense Object Detection, ICCV 2017",
  cost: "none",
  needs: ["classes"],
  fields,
  options: [],
  design: (_spec, { focalGamma, focalDetach }) => ({
    init: () => ({}),
    differentiable: !focalDetach,
    weigh(_omega, view) {
      const { logits, labels } = classesOf(view);
      const [N, classes] = logits.shape as [number, number];
      // 1 − p is the sum of the other classes' probabilities, which avoids cancellation near p = 1.
      const others = mul(softmax(logits, 1), sub(1, oneHot(labels, classes)));
      const rest = add(relu(sub(reshape(sum(others, [1]), [N]), LEAST)), LEAST);
      return timesShares(exp(mul(log(rest), focalGamma)), view);
    },
  }),
});
