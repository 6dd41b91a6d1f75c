/**
 * @file Learning to teach data (Fan et al., "Learning to Teach", ICLR 2018). Details missing from the paper follow the
 * first author's earlier program fyabc/RL4Data and the re-implementation hyzcn/learning-to-teach. A stochastic policy
 * selects the examples of each batch that the student trains on; selected examples wait until they fill a batch. The
 * policy learns by REINFORCE, where an episode is one rehearsal, and is then fixed for the real student:
 *
 *     r = −ln(i_τ / T′)           i_τ: student steps until validation accuracy reaches τ, of T′; r = 0 if it never does
 *     A = r − b,   b ← 0.2 b + 0.8 r
 *     ω ← ω + α (A Σ over draws of ∇ω meanₖ ln π(aₖ | sₖ) − λ ω)         once at the end of an episode
 *
 * ω is constant within an episode, so the sum is kept instead of the batches. Deviations:
 *
 * - The authors' update is a descent step on A · BCE + 5e-4 ‖ω‖² for each stored batch, at rate 2e-4. Here it is one
 *   step for all, with α = `--teacher-lr` and λ = `--teacher-weight-decay`.
 * - b starts at the r of the first episode, which therefore leads to no policy gradient. A missing τ becomes 0.9 of the
 *   best accuracy of that episode.
 * - The authors' program measures validation accuracy on test images. Here it is measured on validation examples, and
 *   i_τ is resolved to the next check.
 */

import { shares } from "../../objectives/shares.ts";
import { logSigmoid } from "../../ops/compose.ts";
import { add, mul, neg, sigmoid, step, sub } from "../../ops/elementwise.ts";
import { mean } from "../../ops/reduce.ts";
import { reshape } from "../../ops/movement.ts";
import type { Tensor } from "../../tensor.ts";
import { tensor } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { entries, mapTree } from "../../tree.ts";
import { makePolicy } from "./l2t-policy.ts";
import { z } from "zod";
import { choice, count, share } from "../../fields.ts";
import { defineMethod } from "../method.ts";
import type { OptionsWith } from "../options.ts";
import { ownFields } from "../options.ts";
import type { RehearsalEnd, RehearsalPlan, Rehearser } from "../learning/rehearsal.ts";

/** Default of τ, as a share of the first episode's best accuracy. */
const THRESHOLD_SHARE = 0.9;
/** Share of r in the update of b. */
const BASELINE_RATE = 0.8;

type PolicyOptions = Pick<L2tOptions, "l2tThreshold" | "teacherLr" | "teacherWeightDecay">;

/** Reward −ln(i_τ / T′), or 0 if τ is never reached. */
export function speedReward({ steps, checks }: Pick<RehearsalEnd, "steps" | "checks">, threshold: number): number {
  const reached = checks.find(({ accuracy }) => accuracy >= threshold);
  return reached ? Math.log(steps / reached.step) : 0;
}

/** Policy gradient (REINFORCE), with one rehearsal as an episode. */
export class PolicyGradient implements Rehearser {
  readonly #options: PolicyOptions;
  /** Σ ∂ log-likelihood / ∂ω over the draws of this episode, by array. */
  #eligibility = new Map<string, Float64Array>();
  #draws = 0;
  /** τ and b; undefined before the end of the first episode. */
  #known: { readonly threshold: number; readonly baseline: number } | undefined;

  constructor(options: PolicyOptions) {
    this.#options = options;
  }

  observeDraw(slope: Tree<Tensor>): void {
    this.#draws++;
    for (const [name, { data }] of entries(slope)) {
      const sum = this.#eligibility.get(name) ?? new Float64Array(data.length);
      this.#eligibility.set(
        name,
        sum.map((x, i) => x + data[i]!),
      );
    }
  }

  learn(end: Omit<RehearsalEnd, "beliefs">): ReturnType<Rehearser["learn"]> {
    const { l2tThreshold, teacherLr, teacherWeightDecay } = this.#options;
    const best = Math.max(0, ...end.checks.map(({ accuracy }) => accuracy));
    const threshold = l2tThreshold > 0 ? l2tThreshold : (this.#known?.threshold ?? THRESHOLD_SHARE * best);
    const reward = speedReward(end, threshold);
    const before = this.#known?.baseline ?? reward;
    const advantage = reward - before;
    const omega = mapTree(end.omega, ({ data, shape }, name) => {
      const sum = this.#eligibility.get(name)!;
      const moved = (x: number, i: number): number => x + teacherLr * (advantage * sum[i]! - teacherWeightDecay * x);
      return tensor(Float32Array.from(data, moved), shape);
    });
    const facts = { reward, advantage, threshold, accuracy: best, "draws a step": this.#draws / end.steps };
    this.#known = { threshold, baseline: (1 - BASELINE_RATE) * before + BASELINE_RATE * reward };
    this.#eligibility = new Map();
    this.#draws = 0;
    return Promise.resolve({ omega, facts });
  }

  save(): ReadonlyMap<string, Tensor> {
    const sums = [...this.#eligibility].map(([name, sum]): [string, Tensor] => [`eligibility.${name}`, tensor(sum)]);
    const { threshold, baseline } = this.#known ?? { threshold: NaN, baseline: NaN };
    return new Map([...sums, ["episodes", tensor(Float64Array.of(this.#draws, threshold, baseline))]]);
  }

  load(saved: ReadonlyMap<string, Tensor>): void {
    const [draws, threshold, baseline] = saved.get("episodes")!.data;
    this.#draws = draws!;
    this.#known = Number.isNaN(threshold) ? undefined : { threshold: threshold!, baseline: baseline! };
    const sums = [...saved].filter(([name]) => name.startsWith("eligibility."));
    this.#eligibility = new Map(
      sums.map(([name, { data }]) => [name.slice("eligibility.".length), Float64Array.from(data)]),
    );
  }
}

const rehearsals = (options: L2tOptions): RehearsalPlan => ({
  count: options.l2tEpisodes,
  part: "train",
  steps: ({ steps }) => Math.max(1, Math.round(options.l2tEpisodeShare * steps)),
  checks: options.l2tChecks,
  rehearser: () => new PolicyGradient(options),
});

const fields = ownFields({
  l2tPolicy: choice(["mlp", "lr"], "The policy of --method l2t-data: 12 hidden units, or linear").default("mlp"),
  l2tEpisodes: count("Trainings from which the policy of --method l2t-data learns before the real one").default(8),
  l2tEpisodeShare: z
    .number()
    .gt(0)
    .max(1)
    .describe("Length of such a training, as a share of the run's student steps")
    .default(0.25),
  l2tChecks: count("How often validation accuracy is measured in such a training").default(20),
  l2tThreshold: share(
    "Validation accuracy τ to be reached fast in such a training; 0: 0.9 of the first one's best",
  ).default(0),
});

type L2tOptions = OptionsWith<typeof fields>;

export const l2tData = defineMethod({
  name: "l2t-data",
  summary:
    "a policy keeps or drops each example, and learns by REINFORCE from how fast whole trainings come to an accuracy",
  source: "Fan et al., Learning to Teach, ICLR 2018",
  cost: "8 trainings of a quarter of the run's steps each before the real one, and a forward pass for each batch drawn",
  needs: () => ["classes or tokens"],
  fields,
  options: ["teacherLr", "teacherWeightDecay"],
  defaults: { teacherLr: 0.5, teacherWeightDecay: 1e-3 },
  design(spec, options) {
    const policy = makePolicy(spec, options.l2tPolicy);
    return {
      init: (seed) => policy.init(seed),
      weigh: (_omega, view) => shares(view),
      select(omega, view, uniforms) {
        const z = policy.score(omega, view);
        const keep = step(sub(sigmoid(z), uniforms));
        const chosen = add(mul(keep, logSigmoid(z)), mul(sub(1, keep), logSigmoid(neg(z))));
        return { keep, logLikelihood: reshape(mean(chosen, [0]), []) };
      },
      learning: { by: "rehearsals", plan: rehearsals(options) },
      about: { signature: { options: { l2tPolicy: options.l2tPolicy }, perClass: true } },
    };
  },
});
