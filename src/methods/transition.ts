/**
 * @file Our own method for wrong labels. It learns the label transition matrix T[c, j] = P(given label j | true class
 * c), and weighs each example for every class that may be its true one:
 *
 *     wₖ꜀ = (1/N) T[c, yₖ] p꜀(xₖ) / Σᵢ T[i, yₖ] pᵢ(xₖ)        L = Σₖ Σ꜀ wₖ꜀ (−ln p꜀(xₖ))
 *
 * N · w is the posterior of the true class under the student's prediction p. With w detached, L has the gradient of
 * −ln (Tᵀp)_y / N, the forward-corrected loss of Patrini et al. (CVPR 2017): an EM step on it. At T = I, L is the mean
 * cross-entropy.
 *
 * T is unknown, and p cannot reveal it, since the student fits the given labels. Therefore a linear head r on the
 * internal state I0 learns from clean examples (clean-head.ts), and T from the training batches by stepwise EM with r
 * in place of p:
 *
 *     uₖ꜀ ∝ T[c, yₖ] r꜀(xₖ)        N ← ρ N + (1 − ρ) (1/N) Σₖ uₖ ⊗ 1[yₖ]        T[c, j] = N[c, j] / Σⱼ N[c, j]
 *
 * The counts are a moving average: 1 − ρ is the batch size over `--transition-memory` examples. The reported weight of
 * an example, N · wₖ,ᵧ, is the probability that its label is right. ω holds W, b and the counts N. No gradient goes
 * through the student's steps, because T learnt by that gradient is far less exact (docs/results.md).
 */

import type { DeviceTensor } from "../engines/engine.ts";
import type { Value } from "../graph/value.ts";
import type { Tree } from "../tree.ts";
import { leaf } from "../tree.ts";
import { aboutTransitions, correctedWeights, countsAfter, MEMORY_PER_CLASS, newCounts } from "./label-transitions.ts";
import { headLogits, HeadStep, newHead } from "./learning/clean-head.ts";
import { count } from "../fields.ts";
import { defineMethod } from "./method.ts";
import { ownFields } from "./options.ts";
import { widthOfI0 } from "../objectives/task-spec.ts";

const fields = ownFields({
  transitionMemory: count(
    "Training examples that the counts of --method transition remember; 0: 400 for each class",
    0,
  ).default(0),
});

export const transition = defineMethod({
  name: "transition",
  summary:
    "ours: learns which class is called by which label from internal states and clean examples, and lets an example count for each class it may be",
  source:
    "ours; the corrected loss is that of Patrini et al., Making Deep Neural Networks Robust to Label Noise, CVPR 2017",
  cost: "a forward pass over a clean batch every K = 5 steps",
  needs: () => ["classes", "every class"],
  fields,
  options: ["teacherEvery", "teacherLr", "teacherWeightDecay"],
  defaults: { teacherEvery: 5, teacherLr: 0.02, teacherWeightDecay: 0.01 },
  design(spec, options) {
    const classes = spec.classes!;
    const d = widthOfI0(spec);
    const memory = options.transitionMemory || MEMORY_PER_CLASS * classes;
    const fresh = Math.min(1, spec.rows / memory);
    const headOf = (omega: Tree<Value>): [Value, Value] => [leaf(omega, "W"), leaf(omega, "b")];
    return {
      init: () => ({ ...newHead(d, classes), N: newCounts(classes) }),
      // Weights are detached: through a gradient, the student could change its own targets.
      differentiable: false,
      weigh: correctedWeights,
      accumulate(omega, view) {
        const [W, b] = headOf(omega);
        return { W, b, N: countsAfter(leaf(omega, "N"), view, headLogits([W, b], view.internals.I0), fresh) };
      },
      about: aboutTransitions,
      learning: {
        by: "learner",
        make({ engine, clean }) {
          const step = new HeadStep(engine, clean, Object.values(newHead(d, classes)), options);
          return {
            timing: { when: "after", every: options.teacherEvery },
            init: () => step.init(),
            async update(window) {
              // This updates W and b; accumulate updates N.
              const [W, b, N] = window.omega as readonly [DeviceTensor, DeviceTensor, DeviceTensor];
              const update = await step.take([W, b], window);
              return { ...update, omega: [...update.omega, N] };
            },
            close: () => step.close(),
          };
        },
      },
    };
  },
});
