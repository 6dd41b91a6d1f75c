/**
 * @file Method of the paper (Fan et al., "Learning to Reweight with Deep Interactions", AAAI 2021). A teacher computes
 * weights from the student's internal state of each example and from its label,
 *
 *     zₖ = W · I₀(xₖ) + E[yₖ] + b        aₖ = σ(zₖ)        wₖ = aₖ / Σⱼ aⱼ        (section "Teacher Model")
 *
 * and ascends a validation metric every K steps, by its gradient through the student's last B steps (Algorithm 1,
 * hyper/). The weights are computed as softmax(ln σ(z)), which is equal and cannot divide by zero. ω starts at 0, so
 * the first weights are uniform.
 *
 * Features and depth are options (features.ts, teacher.ts). The paper does not give the optimiser; our choices are
 * Adam, learning rate 1e-3 and weight decay 1e-4 on ω.
 */

import type { Value } from "../graph/value.ts";
import { normalised } from "../objectives/shares.ts";
import { parseFeatures } from "../objectives/class-features.ts";
import type { View } from "../objectives/view.ts";
import { logSigmoid } from "../ops/compose.ts";
import type { Design } from "./method.ts";
import { defineMethod } from "./method.ts";
import type { TaskSpec } from "../objectives/task-spec.ts";
import type { MethodOptions } from "./options.ts";
import { sweepLearner } from "./learning/sweep-learner.ts";
import { makeTeacher } from "./teacher/teacher.ts";

/** Settings of a teacher that learns by Algorithm 1. */
export const DEEP_OPTIONS = [
  "features",
  "teacher",
  "teacherEvery",
  "window",
  "interaction",
  "reversal",
  "teacherOptimizer",
  "teacherLr",
  "teacherWeightDecay",
] as const satisfies readonly (keyof MethodOptions)[];

/** Design of a teacher that learns by Algorithm 1. @param weightsOf from z `[N]` to w `[N]` */
export function deepDesign(spec: TaskSpec, options: MethodOptions, weightsOf: (z: Value, view: View) => Value): Design {
  const teacher = makeTeacher(spec, options);
  // A teacher that can tell trusted examples from others weighs both.
  const weighsTrusted = parseFeatures(options.features).includes("trusted");
  return {
    init: (seed) => teacher.init(seed),
    weigh(omega, view) {
      const { trusted, ...unmarked } = view;
      return weightsOf(teacher.score(omega, view), trusted && weighsTrusted ? unmarked : view);
    },
    weighsTrusted,
    about: { signature: teacher.signature },
    learning: { by: "learner", make: (parts) => sweepLearner(parts, Object.values(teacher.specs), options) },
  };
}

export const deep = defineMethod({
  name: "deep",
  summary:
    "a teacher reads the student's internal state and label of each example, and learns through the student's own steps",
  source: "Fan et al., Learning to Reweight with Deep Interactions, AAAI 2021",
  cost: "about 5 student steps every K = 20 (B = 2)",
  options: DEEP_OPTIONS,
  design: (spec, options) => deepDesign(spec, options, (z, view) => normalised(logSigmoid(z), view)),
});
