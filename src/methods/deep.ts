/**
 * @file The paper's method (Fan et al., "Learning to Reweight with Deep Interactions", AAAI 2021): a teacher reads the student's internal
 * state of each example and its label,
 *
 *     zₖ = W · I₀(xₖ) + E[yₖ] + b        aₖ = σ(zₖ)        wₖ = aₖ / Σⱼ aⱼ        (section "Teacher Model")
 *
 * and climbs a validation metric by the gradient through the student's last B steps, every K steps (Algorithm 1, hyper/). The weights are
 * computed as softmax(ln σ(z)), which is the same and cannot divide by zero. ω starts at 0: the first weights are uniform.
 *
 * Features and depth are options (features.ts, teacher.ts). Our choices, where the paper is silent: Adam, learning rate 1e-3, weight decay
 * 1e-4 on ω.
 */

import type { Value } from "../graph/value.ts";
import { normalised } from "../objectives/shares.ts";
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

/** A teacher that learns by Algorithm 1. @param weightsOf from z `[N]` to w `[N]` */
export function deepDesign(spec: TaskSpec, options: MethodOptions, weightsOf: (z: Value, view: View) => Value): Design {
  const teacher = makeTeacher(spec, options);
  return {
    init: (seed) => teacher.init(seed),
    weigh: (omega, view) => weightsOf(teacher.score(omega, view), view),
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
  needs: ["clean examples"],
  options: DEEP_OPTIONS,
  design: (spec, options) => deepDesign(spec, options, (z, view) => normalised(logSigmoid(z), view)),
});
