/**
 * @file Self-paced learning (Kumar et al., "Self-Paced Learning for Latent Variable Models", NIPS 2010): the examples with the smallest
 * losses train, the rest waits,
 *
 *     min over θ, v of Σₖ vₖ ℓₖ − λ Σₖ vₖ,  v ∈ {0, 1}     ⇒     vₖ = 1[ℓₖ < λ]
 *
 * Neither Kumar et al. nor Fan et al. give a schedule that fits here. Ours: λ is the quantile of the batch's losses that keeps half of it
 * at the start, rising linearly to all of it after half of the steps; the loss is the mean over what is kept.
 */

import { expand, sum } from "../ops/broadcast.ts";
import { div, mul, relu, step, sub } from "../ops/elementwise.ts";
import { reshape, slice } from "../ops/movement.ts";
import type { Method } from "./method.ts";

/** Share of a batch that is kept at the start, and of the steps after which all of it is. */
const FIRST = 0.5;
const ALL_AT = 0.5;
/** Of an example: float32 holds progress to 6e-8 only, and a share that is a whole number of examples must not become one more. */
const ROUNDING = 1e-3;

export const spl: Method = {
  name: "spl",
  summary: "the easiest examples of each batch first: half of it at the start, all of it after half of the steps",
  source: "Kumar et al., Self-Paced Learning for Latent Variable Models, NIPS 2010",
  cost: "none",
  options: [],
  design: () => ({
    init: () => ({}),
    weigh(_omega, { losses, context }) {
      const N = losses.shape[0]!;
      const share = sub(1, mul(relu(sub(1, mul(slice(context, { size: [1] }), 1 / ALL_AT))), 1 - FIRST));
      // An example's rank: how many losses are smaller than its own. The least is 0, so that something is always kept.
      const own = expand(reshape(losses, [N, 1]), [N, N]);
      const rank = reshape(sum(step(sub(own, expand(losses, [N, N]))), [1]), [N]);
      const kept = step(sub(sub(mul(expand(share, [N]), N), ROUNDING), rank));
      return div(kept, sum(kept, [0]));
    },
  }),
};
