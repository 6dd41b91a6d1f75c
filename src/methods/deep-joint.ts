/**
 * @file Our own teacher for wrong labels. It learns as the paper's does (Fan et al., AAAI 2021, Algorithm 1; deep.ts), and sees of an example
 * how well the student's answer fits the label that was given:
 *
 *     zₖ = Σ_c J[c, yₖ] p_c(xₖ) + b        wₖ = exp zₖ / Σⱼ exp zⱼ
 *
 * J is a number for each pair of an answer and a label, like the joint distribution that confident learning counts (Northcutt et al., JAIR
 * 2021), but learnt by the gradient through the student's steps. What differs from the paper's teacher, and why:
 *
 * - It can say of one example that its label does not look right. The paper's adds a term of the image and a term of the label.
 * - p has the classes for its axes, which stay where they are while the student changes; the axes of I0 move, and a teacher's W with them.
 * - exp in place of σ: a score that drifts upwards saturates σ, all weights become equal and the gradient dies. exp has no such end.
 *
 * It updates every K = 10 steps at a larger learning rate. What that is worth: docs/results.md.
 */

import { normalised } from "../objectives/shares.ts";
import { DEEP_OPTIONS, deepDesign } from "./deep.ts";
import { defineMethod } from "./method.ts";

export const deepJoint = defineMethod({
  name: "deep-joint",
  summary: "ours: a teacher reads how well the student's answer fits the given label, and learns as that of deep does",
  source: "ours, after Fan et al., Learning to Reweight with Deep Interactions, AAAI 2021",
  cost: "about 5 student steps every K = 10 (B = 2)",
  needs: ["classes", "clean examples"],
  options: DEEP_OPTIONS,
  defaults: { features: "joint", teacherEvery: 10, teacherLr: 0.1 },
  design: (spec, options) => deepDesign(spec, options, normalised),
});
