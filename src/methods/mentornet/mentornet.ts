/**
 * @file MentorNet (Jiang et al., "MentorNet: Learning Data-Driven Curriculum for Very Deep Neural Networks on Corrupted
 * Labels", ICML 2018), with its predefined curriculum, PD, or a data-driven one, DD. Details missing from the paper
 * follow google/mentornet. Both curricula compare an example's loss with a moving average m of a percentile of the
 * batches' losses:
 *
 *     m ← m/2 + percentile(ℓ)/2,      dₖ = ℓₖ − m
 *     PD: vₖ = 1                     for the first 19 hundredths of the steps: the uniform baseline
 *            = 1[dₖ ≤ 0]             until 90 of them are over: self-paced learning
 *            = clip(1 − dₖ, 0, 1)    from then on: linear self-paced curriculum learning
 *     DD: vₖ = 1                     for the first 17 hundredths
 *            = mentor(ℓₖ, dₖ, 17)    in the next, and mentor(ℓₖ, dₖ, 18) from then on: the mentor's clock stops there
 *     wₖ = vₖ / N, and 0 for the share of the batch that example dropout leaves out: 1/2 for 17 hundredths, then 1/20
 *
 * The mentor of DD is a network (mentor.ts). It learns (mentor-fit.ts) before the run, from a student trained on the
 * annotated part (mentor-rehearsal.ts), and is fixed during the run. For PD the authors train the same network to
 * imitate v; here v is computed directly. Example dropout leaves out the last examples of a batch; the choice is
 * random, since each epoch shuffles the examples anew.
 *
 * Deviations: for DD the authors write a third dropout rate, 9/10, for the last 5 hundredths, but their stopped clock
 * never reaches it; it is omitted here. The authors scale the student's weight decay by the mean of v; here it is
 * constant.
 */

import type { Value } from "../../graph/value.ts";
import { shares, timesShares } from "../../objectives/shares.ts";
import { expand, fill, sum } from "../../ops/broadcast.ts";
import { choose } from "../../ops/compose.ts";
import { add, mul, relu, sigmoid, step, sub } from "../../ops/elementwise.ts";
import { concat, reshape, slice } from "../../ops/movement.ts";
import { max } from "../../ops/reduce.ts";
import { zeros } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { leaf } from "../../tree.ts";
import { mentorScore } from "./mentor.ts";
import { mentorRehearsal, untrained } from "./mentor-rehearsal.ts";
import type { Design } from "../method.ts";
import { defineMethod } from "../method.ts";
import type { MentornetOptions } from "./options.ts";
import { mentornetFields } from "./options.ts";
import type { TrainingView } from "../../objectives/view.ts";

/** Decay of the moving average m per step. */
const DECAY = 0.5;
/** Starts of the stages, as shares of the steps. The authors count whole hundredths: v = 1 through hundredth 18. */
const SELF_PACED_FROM = 0.19;
const LINEAR_FROM = 0.9;
const MENTORED_FROM = 0.17;
const CLOCK_STOPS = 0.18;
/** Example dropout: the first rate, the share of the steps at which it ends, and the rate after that. */
const DROPOUT = { first: 0.5, until: 0.17, then: 0.05 };
/**
 * Tolerance on progress, since float32 rounds it by 6e-8: each stage starts this much early. Steps lie further apart
 * than this in runs of up to millions of steps.
 */
const ROUNDING = 1e-7;

/** Indicator `[1]`: 1 once the share `from` of the steps is over, 0 before. */
const begun = ({ moment }: TrainingView, from: number): Value =>
  step(sub(slice(moment, { size: [1] }), from - ROUNDING));

/** Percentile `[1]`: the loss whose rank, counted from 0 upwards, is `share` · (N − 1), rounded. */
function percentile(losses: Value, share: number): Value {
  const N = losses.shape[0]!;
  const own = expand(reshape(losses, [N, 1]), [N, N]);
  const smaller = reshape(sum(step(sub(own, expand(losses, [N, N]))), [1]), [N]);
  // The percentile is the largest loss whose rank is at most this; the maximum ignores the zeros, as losses are ≥ 0.
  const candidates = mul(step(sub(Math.round(share * (N - 1)) + 0.5, smaller)), losses);
  return reshape(max(reshape(candidates, [1, N]), [1]), [1]);
}

/** Moving average m after this batch. */
function average(omega: Tree<Value>, { nll }: TrainingView, { mentornetPercentile }: MentornetOptions): Value {
  return add(mul(leaf(omega, "m"), DECAY), mul(percentile(nll, mentornetPercentile), 1 - DECAY));
}

/** Curriculum: v `[N]` from d = ℓ − m. */
type Curriculum = (omega: Tree<Value>, view: TrainingView, differences: Value) => Value;

const curricula = {
  pd(_omega, view, differences) {
    const selfPaced = sub(1, step(differences));
    const linear = relu(sub(1, relu(differences)));
    return choose(begun(view, SELF_PACED_FROM), 1, choose(begun(view, LINEAR_FROM), selfPaced, linear));
  },
  dd(omega, view, differences) {
    const table = leaf(omega, "epochs");
    const row = (hundredth: number): Value => slice(table, { start: [hundredth, 0], size: [1, table.shape[1]!] });
    const epoch = choose(begun(view, CLOCK_STOPS), row(17), row(18));
    const v = sigmoid(mentorScore(omega, view.nll, differences, epoch));
    return choose(begun(view, MENTORED_FROM), 1, v);
  },
} as const satisfies Record<MentornetOptions["mentornetVariant"], Curriculum>;

/** Mask `[N]` of example dropout: 1 for a kept example, else 0. At least one example is kept. */
function kept(view: TrainingView): Value {
  const N = view.nll.shape[0]!;
  const first = (rate: number): Value => {
    const count = Math.max(1, Math.floor(N * (1 - rate)));
    return count === N ? fill(1, [N]) : concat([fill(1, [count]), fill(0, [N - count])], 0);
  };
  return choose(begun(view, DROPOUT.until), first(DROPOUT.first), first(DROPOUT.then));
}

/** Shared design of both curricula. */
function design(options: MentornetOptions, init: Design["init"]): Design {
  return {
    init,
    differentiable: false,
    weigh(omega, view) {
      const v = curricula[options.mentornetVariant](omega, view, sub(view.nll, average(omega, view, options)));
      return timesShares(options.mentornetDropout ? mul(v, kept(view)) : v, view);
    },
    accumulate: (omega, view) => ({ ...(omega as Record<string, Value>), m: average(omega, view, options) }),
  };
}

/** Data-driven design. In the rehearsal, before the mentor has learnt, weights are uniform. */
function dataDriven(options: MentornetOptions): Design {
  const mentored = design(options, untrained);
  return {
    ...mentored,
    weigh(omega, view) {
      return choose(leaf(omega, "fitted"), shares(view), mentored.weigh(omega, view));
    },
    learning: { by: "rehearsals", plan: mentorRehearsal(options) },
    about: { signature: { options: { mentornetVariant: "dd" }, perClass: false, counters: ["m"] } },
  };
}

export const mentornet = defineMethod({
  name: "mentornet",
  summary:
    "examples count by how their loss compares with a moving percentile: by a predefined curriculum, or by a network that learnt to tell wrong labels",
  source: "Jiang et al., MentorNet, ICML 2018 (PD and DD)",
  cost: "pd: none; dd: a run over the validation examples before the real one",
  fields: mentornetFields,
  options: [],
  design: (_spec, options) =>
    options.mentornetVariant === "dd" ? dataDriven(options) : design(options, () => ({ m: zeros([1]) })),
});
