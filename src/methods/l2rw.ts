/**
 * @file Learning to reweight examples (Ren et al., "Learning to Reweight Examples for Robust Deep Learning", ICML
 * 2018). The method has no teacher. It computes the weights of each batch anew, from the effect on a clean batch of a
 * small increase in each example's weight (equations 6 to 9),
 *
 *     uₖ = ∂M(θ̂(ε)) / ∂εₖ at ε = 0,      θ̂(ε) = θ − η ∇θ Σₖ εₖ ℓₖ(θ)
 *     wₖ = max(uₖ, 0) / Σⱼ max(uⱼ, 0),   all 0 if no example helps
 *
 * At ε = 0 the trial step does not move θ, and uₖ = −η ∇M · ∇ℓₖ. This is one directional derivative of the losses; the
 * authors differentiate twice. ω holds the weights themselves.
 */

import { countOf, untrustedShare } from "../objectives/shares.ts";
import { expand, fill, sum } from "../ops/broadcast.ts";
import { add, div, equal, mul, relu } from "../ops/elementwise.ts";
import { slice } from "../ops/movement.ts";
import { traceNamed } from "../graph/named.ts";
import { Programs } from "../engines/programs.ts";
import { float, zeros } from "../tensor.ts";
import { leaf } from "../tree.ts";
import { Lookahead } from "./learning/lookahead.ts";
import { defineMethod } from "./method.ts";
import { norm } from "./learning/teacher-step.ts";

/** u `[N]` → w `[N]`. */
const weightsGraph = (N: number) =>
  traceNamed(
    ([u]) => {
      const helpful = relu(u!);
      const total = sum(helpful, [0]);
      // The added 1 makes 0 / 0 equal to 0.
      return [div(helpful, expand(add(total, equal(total, fill(0, [1]))), [N]))];
    },
    [float([N])],
  );

export const l2rw = defineMethod({
  name: "l2rw",
  summary: "each batch's weights from how much each example would help a clean batch, found anew before every step",
  source: "Ren et al., Learning to Reweight Examples for Robust Deep Learning, ICML 2018",
  cost: "about 2 student steps for each",
  options: [],
  design: ({ rows }) => ({
    init: () => ({ w: zeros([rows]) }),
    about: { perBatch: true },
    // A smaller last batch uses the first weights.
    weigh(omega, view) {
      const w = slice(leaf(omega, "w"), { size: [countOf(view)] });
      return view.trusted ? mul(w, untrustedShare(view.trusted)) : w;
    },
    learning: {
      by: "learner",
      make(parts) {
        const lookahead = new Lookahead(parts);
        const programs = new Programs(parts.engine);
        return {
          timing: { when: "before", every: 1 },
          init: () => [],
          async update(window) {
            const { dOmega, metric } = await lookahead.run(window, false);
            const omega = await programs.run("weights", () => weightsGraph(rows), dOmega);
            return { omega, memory: [], metric, drift: null, gradientNorm: await norm(dOmega) };
          },
          async close() {
            await lookahead.close();
            await programs.close();
          },
        };
      },
    },
  }),
});
