/**
 * @file Our own teacher for wrong labels. It learns like the paper's (Fan et al., AAAI 2021, Algorithm 1; deep.ts). Its
 * input is the match between the student's prediction and the given label:
 *
 *     zₖ = Σ_c J[c, yₖ] p_c(xₖ) + b        wₖ = exp zₖ / Σⱼ exp zⱼ
 *
 * J has a number for each pair of a predicted class and a label, like the joint distribution that confident learning
 * counts (Northcutt et al., JAIR 2021). Here it is learnt by the gradient through the student's steps. Differences from
 * the paper's teacher:
 *
 * - The score depends on prediction and label jointly, so it can single out one wrong label. The paper's adds a term of
 *   the image and a term of the label.
 * - The axes of p are the classes, which are fixed while the student changes. The axes of I0 move, and W must follow
 *   them.
 * - exp replaces σ. A score that drifts upwards saturates σ: all weights become equal and the gradient vanishes. exp
 *   does not saturate.
 *
 * It updates every K = 10 steps at a larger learning rate. For results: docs/results.md.
 */

import { normalised } from "../objectives/shares.ts";
import { DEEP_OPTIONS, deepDesign } from "./deep.ts";
import { defineMethod } from "./method.ts";

export const deepJoint = defineMethod({
  name: "deep-joint",
  summary: "ours: a teacher reads how well the student's answer fits the given label, and learns as that of deep does",
  source: "ours, after Fan et al., Learning to Reweight with Deep Interactions, AAAI 2021",
  cost: "about 5 student steps every K = 10 (B = 2)",
  needs: () => ["classes"],
  options: DEEP_OPTIONS,
  defaults: { features: "joint", teacherEvery: 10, teacherLr: 0.1 },
  design: (spec, options) => deepDesign(spec, options, normalised),
});
