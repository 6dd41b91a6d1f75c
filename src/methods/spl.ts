/**
 * @file Self-paced learning (Kumar et al., "Self-Paced Learning for Latent Variable Models", NIPS 2010). The student
 * trains on the examples with the smallest losses,
 *
 *     min over θ, v of Σₖ vₖ ℓₖ − λ Σₖ vₖ,  v ∈ {0, 1}     ⇒     vₖ = 1[ℓₖ < λ]
 *
 * Neither Kumar et al. nor Fan et al. give a schedule that fits here. Our schedule, `quantile`, sets λ to a quantile of
 * the batch's losses: half of the batch is kept at the start, rising linearly to the whole batch after half of the
 * steps. The loss is the mean over the kept examples.
 *
 * `rl4data` is the baseline of fyabc/RL4Data, by the first author of Fan et al. From a batch of N drawn before step t
 * of T, it selects the 1 + ⌊(N − 1) t/T⌋ smallest losses of each class. Selected examples wait until they fill a batch.
 * The original counts kept examples for its learning rate and ends after a fixed number of draws; here the student
 * takes the same number of steps as with any method.
 */

import type { Value } from "../graph/value.ts";
import { overTotal, shares, untrustedShare } from "../objectives/shares.ts";
import type { TaskSpec } from "../objectives/task-spec.ts";
import { classesOf } from "../objectives/view.ts";
import { expand, sum } from "../ops/broadcast.ts";
import { add, mul, relu, step, sub } from "../ops/elementwise.ts";
import { oneHot } from "../ops/gather.ts";
import { matmul, transposeMatrix } from "../ops/matmul.ts";
import { reshape, slice } from "../ops/movement.ts";
import { choice } from "../fields.ts";
import type { Design } from "./method.ts";
import { defineMethod } from "./method.ts";
import { ownFields } from "./options.ts";

/** Share of the batch kept at the start, and share of the steps after which the whole batch is kept. */
const FIRST = 0.5;
const ALL_AT = 0.5;
/**
 * Tolerance in examples. Float32 rounds progress by 6e-8, and this error must not change a whole number of examples.
 */
const ROUNDING = 1e-3;

/** `[N, N]`: 1 if the loss of the row's example is larger than that of the column's, else 0. */
function larger(losses: Value): Value {
  const N = losses.shape[0]!;
  return step(sub(expand(reshape(losses, [N, 1]), [N, N]), expand(losses, [N, N])));
}

const designs = {
  quantile: () => ({
    init: () => ({}),
    weigh(_omega, view) {
      const { nll, moment, trusted } = view;
      const N = nll.shape[0]!;
      const share = sub(1, mul(relu(sub(1, mul(slice(moment, { size: [1] }), 1 / ALL_AT))), 1 - FIRST));
      // The rank of an example is the number of smaller losses. The lowest is 0, so at least one example is kept.
      // Trusted examples are not in the ranking.
      const smaller = larger(nll);
      const counted = trusted ? mul(smaller, expand(sub(1, trusted), [N, N])) : smaller;
      const rank = reshape(sum(counted, [1]), [N]);
      const most = mul(expand(share, [N]), N);
      const kept = step(sub(sub(trusted ? mul(most, untrustedShare(trusted)) : most, ROUNDING), rank));
      return overTotal(kept, view);
    },
  }),
  rl4data: ({ classes, rows }) => ({
    init: () => ({}),
    weigh: (_omega, view) => shares(view),
    select(_omega, view) {
      const { nll, moment } = view;
      const N = nll.shape[0]!;
      const given = oneHot(classesOf(view).labels, classes!);
      const sameClass = matmul(given, transposeMatrix(given));
      const rank = reshape(sum(mul(larger(nll), sameClass), [1]), [N]);
      // No floor is needed: a rank is an integer, so rank ≤ (N − 1) t/T implies rank ≤ ⌊(N − 1) t/T⌋.
      const most = add(mul(slice(moment, { size: [1] }), rows - 1), ROUNDING);
      return { keep: sub(1, step(sub(rank, expand(most, [N])))) };
    },
  }),
} as const satisfies Record<"quantile" | "rl4data", (spec: TaskSpec) => Design>;

const fields = ownFields({
  splVariant: choice(
    ["quantile", "rl4data"],
    "What --method spl keeps: a growing share of each batch, or a growing number of examples per class, collected to full batches",
  ).default("quantile"),
});

export const spl = defineMethod({
  name: "spl",
  summary: "the easiest examples of each batch first: half of it at the start, all of it after half of the steps",
  source: "Kumar et al., Self-Paced Learning for Latent Variable Models, NIPS 2010",
  cost: "quantile: none; rl4data: a forward pass for each batch drawn, about 0.4 student steps for each",
  needs: ({ splVariant }) => (splVariant === "rl4data" ? ["classes"] : []),
  fields,
  options: [],
  design: (spec, { splVariant }) => designs[splVariant](spec),
});
