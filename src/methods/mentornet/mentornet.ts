/**
 * @file MentorNet (Jiang et al., "MentorNet: Learning Data-Driven Curriculum for Very Deep Neural Networks on Corrupted Labels", ICML 2018;
 * what its text leaves open after google/mentornet), with its predefined curriculum, PD, or a data-driven one, DD. Both compare an
 * example's loss with a moving average m of a percentile of the batches' losses:
 *
 *     m ← m/2 + percentile(ℓ)/2,      dₖ = ℓₖ − m
 *     PD: vₖ = 1                     for the first 19 hundredths of the steps: everything trains
 *            = 1[dₖ ≤ 0]             until 90 of them are over: self-paced learning
 *            = clip(1 − dₖ, 0, 1)    from then on: linear self-paced curriculum learning
 *     DD: vₖ = 1                     for the first 17 hundredths
 *            = mentor(ℓₖ, dₖ, 17)    in the next, and mentor(ℓₖ, dₖ, 18) from then on: the mentor's clock stops there
 *     wₖ = vₖ / N, and 0 for the share of the batch that example dropout leaves out: 1/2 for 17 hundredths, then 1/20
 *
 * DD's mentor is a network (mentor.ts) that learns (mentor-fit.ts) before the run, from a student trained on the annotated part
 * (mentor-rehearsal.ts), and stays as it is during the run. For PD the authors train the same network to imitate v; here v weighs itself.
 * Example dropout leaves out the last of a batch: batches are shuffled anew each epoch, which makes them as random a choice as any. For DD
 * the authors write a third rate, 9/10, for the last 5 hundredths, which their stopped clock never reaches; it is not here.
 * They also scale the student's weight decay by the mean of v; here it stays.
 */

import type { Value } from "../../graph/value.ts";
import { shares, timesShares } from "../../objectives/shares.ts";
import { expand, fill, sum } from "../../ops/broadcast.ts";
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

/** How much of m stays at each step. */
const DECAY = 0.5;
/** Shares of the steps. The authors count whole hundredths: v = 1 up to and with hundredth 18. */
const SELF_PACED_FROM = 0.19;
const LINEAR_FROM = 0.9;
const MENTORED_FROM = 0.17;
const CLOCK_STOPS = 0.18;
/** Example dropout: its rate at first, until when, and its rate from then on. */
const DROPOUT = { first: 0.5, until: 0.17, then: 0.05 };
/** float32 holds progress to 6e-8, so that a share is reached this much early; steps lie further apart in runs of up to millions. */
const ROUNDING = 1e-7;

/** 1 once the share `from` of the steps is over, 0 before; `[1]`. */
const begun = ({ moment }: TrainingView, from: number): Value =>
  step(sub(slice(moment, { size: [1] }), from - ROUNDING));

/** b where `choice` `[1]` is 1, a where it is 0. */
const choose = (choice: Value, a: Value | number, b: Value | number): Value =>
  add(mul(sub(1, choice), a), mul(choice, b));

/** The loss of rank `share` · (N − 1), rounded, counted from 0 upwards; `[1]`. */
function percentile(losses: Value, share: number): Value {
  const N = losses.shape[0]!;
  const own = expand(reshape(losses, [N, 1]), [N, N]);
  const smaller = reshape(sum(step(sub(own, expand(losses, [N, N]))), [1]), [N]);
  // The largest of those with at most so many below them; losses are not negative.
  const candidates = mul(step(sub(Math.round(share * (N - 1)) + 0.5, smaller)), losses);
  return reshape(max(reshape(candidates, [1, N]), [1]), [1]);
}

/** m with this batch in it. */
function average(omega: Tree<Value>, { losses }: TrainingView, { mentornetPercentile }: MentornetOptions): Value {
  return add(mul(leaf(omega, "m"), DECAY), mul(percentile(losses, mentornetPercentile), 1 - DECAY));
}

/** A curriculum: v `[N]` from d = ℓ − m. */
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
    const v = sigmoid(mentorScore(omega, view.losses, differences, epoch));
    return choose(begun(view, MENTORED_FROM), 1, v);
  },
} as const satisfies Record<MentornetOptions["mentornetVariant"], Curriculum>;

/** 1 for what example dropout keeps, 0 for the rest; `[N]`. Something is always kept. */
function kept(view: TrainingView): Value {
  const N = view.losses.shape[0]!;
  const first = (rate: number): Value => {
    const count = Math.max(1, Math.floor(N * (1 - rate)));
    return count === N ? fill(1, [N]) : concat([fill(1, [count]), fill(0, [N - count])], 0);
  };
  return choose(begun(view, DROPOUT.until), first(DROPOUT.first), first(DROPOUT.then));
}

/** What both curricula share. */
function design(options: MentornetOptions, init: Design["init"]): Design {
  return {
    init,
    differentiable: false,
    weigh(omega, view) {
      const v = curricula[options.mentornetVariant](omega, view, sub(view.losses, average(omega, view, options)));
      return timesShares(options.mentornetDropout ? mul(v, kept(view)) : v, view);
    },
    accumulate: (omega, view) => ({ ...(omega as Record<string, Value>), m: average(omega, view, options) }),
  };
}

/** In the rehearsal, before the mentor has learnt, all examples weigh the same. */
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
