/**
 * @file Gold loss correction (Hendrycks et al., "Using Trusted Data to Train Deep Networks on Labels Corrupted by Severe
 * Noise", NeurIPS 2018). A first student trains on the untrusted examples alone and is then thrown away. Its mean
 * prediction for the trusted examples of each class is the transition matrix, their Ĉ:
 *
 *     T[c, j] = mean of p_j(x) over trusted x of class c
 *
 * A second student trains on −ln (Tᵀp)_y of untrusted examples and −ln p_y of trusted ones. The corrected loss is that of
 * `anchored`, written as a weight for each class that may be the true one.
 */

import { timesShares } from "../objectives/shares.ts";
import { classesOf } from "../objectives/view.ts";
import { choose } from "../ops/compose.ts";
import { oneHot } from "../ops/gather.ts";
import { tensor, zeros } from "../tensor.ts";
import { leaf } from "../tree.ts";
import { aboutTransitions, newCounts, posterior } from "./label-transitions.ts";
import type { RehearsalEnd, RehearsalPlan, Rehearser } from "./learning/rehearsal.ts";
import { defineMethod } from "./method.ts";

/** Reads the matrix off the first student. There is nothing to keep between steps. */
const rehearser: Rehearser = {
  async learn(end: RehearsalEnd) {
    const matrix = await end.beliefs();
    const K = matrix.length;
    // Counts of classes that are equally frequent; T is their rows, normalised.
    const N = tensor(
      Float32Array.from(matrix.flat(), (p) => p / K),
      [K, K],
    );
    const diagonal = matrix.reduce((total, row, c) => total + row[c]! / K, 0);
    return { omega: { N, ready: tensor(Float32Array.of(1)) }, facts: { "mean T[c, c]": diagonal } };
  },
  save: () => new Map(),
  load: () => {},
};

const plan: RehearsalPlan = {
  count: 1,
  part: "train",
  withoutTrusted: true,
  steps: ({ steps }) => steps,
  checks: 0,
  rehearser: () => rehearser,
};

export const glc = defineMethod({
  name: "glc",
  summary:
    "a first student, trained on untrusted examples, says on trusted ones how labels go wrong; a second trains on both with the corrected loss",
  source:
    "Hendrycks et al., Using Trusted Data to Train Deep Networks on Labels Corrupted by Severe Noise, NeurIPS 2018",
  cost: "a whole run before the real one",
  needs: () => ["classes", "every class"],
  trusted: "always",
  options: ["trainOnTrusted", "trustedCopies"],
  defaults: { trainOnTrusted: 1, trustedCopies: 5 },
  design: ({ classes }) => ({
    init: () => ({ N: newCounts(classes!), ready: zeros([1]) }),
    // Weights are detached: through a gradient, the student could change its own targets.
    differentiable: false,
    weigh(omega, view) {
      const { logits, labels } = classesOf(view);
      const corrected = posterior(leaf(omega, "N"), view, logits);
      // The first student trains on the given labels.
      return timesShares(choose(leaf(omega, "ready"), oneHot(labels, classes!), corrected), view);
    },
    learning: { by: "rehearsals", plan },
    about: aboutTransitions,
  }),
});
