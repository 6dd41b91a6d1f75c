/**
 * @file Our method for trusted examples among untrusted ones. It trains on both, and learns how labels go wrong: the
 * transition matrix T[c, j] = P(given label j | true class c). An untrusted example counts for every class that may be
 * its true one, a trusted one for its label alone:
 *
 *     uₖ꜀ = T[c, yₖ] p꜀(xₖ) / Σᵢ T[i, yₖ] pᵢ(xₖ)      wₖ꜀ = uₖ꜀ / N, or 1[c = yₖ] / N if k is trusted
 *     N ← ρ N + (1 − ρ) (1/n) Σₖ uₖ ⊗ 1[yₖ]           T[c, j] = N[c, j] / Σⱼ N[c, j]      over untrusted k
 *
 * p is the student's prediction. This is stepwise EM for the likelihood of all labels, Σ ln (Tᵀp)_y over untrusted and
 * Σ ln p_y over trusted examples. Without trusted examples p and T are not determined, since any p with Tᵀp fixed has
 * the same likelihood; the trusted ones anchor p to the true classes (anchor points: Patrini et al., CVPR 2017). So T
 * needs no classifier of its own, as that of `transition` does, and nothing has to be kept from training.
 *
 * A trusted example is drawn `--trusted-copies` times as often as an untrusted one. The reported weight N · wₖ,ᵧ is the
 * probability that the label is right.
 */

import { classesOf } from "../objectives/view.ts";
import { leaf } from "../tree.ts";
import { aboutTransitions, correctedWeights, countsAfter, MEMORY_PER_CLASS, newCounts } from "./label-transitions.ts";
import { defineMethod } from "./method.ts";

export const anchored = defineMethod({
  name: "anchored",
  summary:
    "ours: trains on trusted and untrusted examples, learns which class is called by which label, and lets an untrusted example count for each class it may be",
  source:
    "ours; the corrected loss and its anchors are those of Patrini et al., Making Deep Neural Networks Robust to Label Noise, CVPR 2017",
  cost: "none",
  needs: () => ["classes", "every class"],
  trusted: "always",
  options: ["trainOnTrusted", "trustedCopies"],
  defaults: { trainOnTrusted: 1, trustedCopies: 5 },
  design({ classes, rows }) {
    const fresh = Math.min(1, rows / (MEMORY_PER_CLASS * classes!));
    return {
      init: () => ({ N: newCounts(classes!) }),
      // Weights are detached: through a gradient, the student could change its own targets.
      differentiable: false,
      weigh: correctedWeights,
      accumulate: (omega, view) => ({ N: countsAfter(leaf(omega, "N"), view, classesOf(view).logits, fresh) }),
      about: aboutTransitions,
    };
  },
});
