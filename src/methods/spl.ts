/**
 * @file Self-paced learning (Kumar et al., "Self-Paced Learning for Latent Variable Models", NIPS 2010): the examples with the smallest
 * losses train, the rest waits,
 *
 *     min over θ, v of Σₖ vₖ ℓₖ − λ Σₖ vₖ,  v ∈ {0, 1}     ⇒     vₖ = 1[ℓₖ < λ]
 *
 * Neither Kumar et al. nor Fan et al. give a schedule that fits here. Ours, `quantile`: λ is the quantile of the batch's losses that keeps
 * half of it at the start, rising linearly to all of it after half of the steps; the loss is the mean over what is kept.
 *
 * `rl4data` is the baseline of fyabc/RL4Data, by the first author of Fan et al.: of each class of a batch of N drawn before step t of T, the
 * 1 + ⌊(N − 1) t/T⌋ smallest losses are kept, and collected until they fill a batch. Theirs counts kept examples for its learning
 * rate, and ends after so many draws; here the student takes as many steps as under any method.
 */

import type { Value } from "../graph/value.ts";
import { overTotal, shares } from "../objectives/shares.ts";
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

/** Share of a batch that is kept at the start, and of the steps after which all of it is. */
const FIRST = 0.5;
const ALL_AT = 0.5;
/** Of an example: float32 holds progress to 6e-8 only, which must not move what is a whole number of examples. */
const ROUNDING = 1e-3;

/** 1 where the loss of the row's example is larger than the column's; `[N, N]`. */
function larger(losses: Value): Value {
  const N = losses.shape[0]!;
  return step(sub(expand(reshape(losses, [N, 1]), [N, N]), expand(losses, [N, N])));
}

const designs = {
  quantile: () => ({
    init: () => ({}),
    weigh(_omega, view) {
      const { losses, moment } = view;
      const N = losses.shape[0]!;
      const share = sub(1, mul(relu(sub(1, mul(slice(moment, { size: [1] }), 1 / ALL_AT))), 1 - FIRST));
      // An example's rank: how many losses are smaller than its own. The least is 0, so that something is always kept.
      const rank = reshape(sum(larger(losses), [1]), [N]);
      const kept = step(sub(sub(mul(expand(share, [N]), N), ROUNDING), rank));
      return overTotal(kept, view);
    },
  }),
  rl4data: ({ classes, rows }) => ({
    init: () => ({}),
    weigh: (_omega, view) => shares(view),
    select(_omega, view) {
      const { losses, moment } = view;
      const N = losses.shape[0]!;
      const given = oneHot(classesOf(view).labels, classes!);
      const sameClass = matmul(given, transposeMatrix(given));
      const rank = reshape(sum(mul(larger(losses), sameClass), [1]), [N]);
      // A rank is a whole number: it is at most ⌊(N − 1) t/T⌋ where it is at most (N − 1) t/T.
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
  needs: ["classes"],
  fields,
  options: [],
  design: (spec, { splVariant }) => designs[splVariant](spec),
});
