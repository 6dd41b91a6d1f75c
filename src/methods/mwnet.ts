/**
 * @file Meta-Weight-Net (Shu et al., "Meta-Weight-Net: Learning an Explicit Mapping For Sample Weighting", NeurIPS
 * 2019). A small network maps an example's loss to its weight,
 *
 *     V(ℓ; ω) = σ( W₂ relu(W₁ ℓ + b₁) + b₂ ),  100 hidden units
 *
 * and learns before each student step, from the loss of a clean batch after a trial step (equations 5 to 7;
 * lookahead.ts). The variants are the two published programs. `stable`: wₖ = Vₖ / N, Adam. `original`: wₖ = Vₖ / Σ V,
 * SGD with Nesterov momentum 0.9. Learning rate and weight decay are the teacher's; the authors used 1e-3 with 1e-4
 * (stable) and 5e-4 (original). Layers have the initialisation of PyTorch's `Linear`.
 */

import { uniformTensor } from "../initial.ts";
import { normalised, timesShares } from "../objectives/shares.ts";
import { logSigmoid } from "../ops/compose.ts";
import { add, relu, sigmoid } from "../ops/elementwise.ts";
import { matmul } from "../ops/matmul.ts";
import { reshape } from "../ops/movement.ts";
import type { Tensor } from "../tensor.ts";
import { leaf } from "../tree.ts";
import { Lookahead } from "./learning/lookahead.ts";
import { choice } from "../fields.ts";
import { defineMethod } from "./method.ts";
import { ownFields } from "./options.ts";
import { TeacherStep } from "./learning/teacher-step.ts";

const HIDDEN = 100;
const shapes = { W1: [1, HIDDEN], b1: [HIDDEN], W2: [HIDDEN, 1], b2: [1] } as const;

/** Initialisation uniform in ±1/√(fan in). */
function uniformInit(seed: number, name: keyof typeof shapes): Tensor {
  const bound = name.endsWith("1") ? 1 : 1 / Math.sqrt(HIDDEN);
  return uniformTensor({ seed, path: `mwnet ${name}` }, shapes[name], bound);
}

const fields = ownFields({
  mwnetVariant: choice(
    ["stable", "original"],
    "The published programs of --method mwnet: weights over N and Adam, or weights over their sum and Nesterov SGD",
  ).default("stable"),
});

export const mwnet = defineMethod({
  name: "mwnet",
  summary:
    "a small network maps each example's loss to its weight, and learns from a trial step before every student step",
  source: "Shu et al., Meta-Weight-Net, NeurIPS 2019",
  cost: "about 3 student steps for each",
  fields,
  options: ["teacherLr", "teacherWeightDecay"],
  design: (_spec, options) => ({
    init: (seed) => ({
      W1: uniformInit(seed, "W1"),
      b1: uniformInit(seed, "b1"),
      W2: uniformInit(seed, "W2"),
      b2: uniformInit(seed, "b2"),
    }),
    differentiable: false,
    weigh(omega, view) {
      const { nll } = view;
      const N = nll.shape[0]!;
      const hidden = relu(add(matmul(reshape(nll, [N, 1]), leaf(omega, "W1")), leaf(omega, "b1")));
      const z = reshape(add(matmul(hidden, leaf(omega, "W2")), leaf(omega, "b2")), [N]);
      // The softmax of ln V is V / Σ V, and is defined even if every V underflows to 0.
      return options.mwnetVariant === "stable" ? timesShares(sigmoid(z), view) : normalised(logSigmoid(z), view);
    },
    about: { signature: { options: { mwnetVariant: options.mwnetVariant }, perClass: false } },
    learning: {
      by: "learner",
      make(parts) {
        const lookahead = new Lookahead(parts);
        const teacherOptimizer = options.mwnetVariant === "stable" ? "adam" : "nesterov";
        const omega = Object.values(shapes).map((shape) => ({ shape, dtype: "float" }) as const);
        const step = new TeacherStep(parts.engine, omega, { ...options, teacherOptimizer });
        return {
          timing: { when: "before", every: 1 },
          init: () => step.init(),
          update: async (window) => step.take(window, await lookahead.run(window, true)),
          async close() {
            await lookahead.close();
            await step.close();
          },
        };
      },
    },
  }),
});
