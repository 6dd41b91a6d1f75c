/**
 * @file Learner of Algorithm 1: updates ω along ∂M/∂ω every K student steps, by the sweep back through the last B of
 * them.
 */

import { Sweep } from "../../hyper/sweep.ts";
import type { Spec } from "../../tensor.ts";
import type { Learner } from "./learner.ts";
import type { LearnerParts } from "../method.ts";
import type { MethodOptions } from "../options.ts";
import { TeacherStep } from "./teacher-step.ts";

type SweepOptions = Pick<
  MethodOptions,
  "teacherEvery" | "window" | "reversal" | "teacherOptimizer" | "teacherLr" | "teacherWeightDecay"
>;

/** @param omega arrays of ω, in order */
export function sweepLearner(
  { engine, inner, outer }: LearnerParts,
  omega: readonly Spec[],
  options: SweepOptions,
): Learner {
  const sweep = new Sweep(engine, inner, outer, options.reversal);
  const step = new TeacherStep(engine, omega, options);
  return {
    timing: {
      when: "after",
      every: options.teacherEvery,
      window: { steps: options.window, keepsTheta: options.reversal === "snapshot" ? "every" : "first" },
    },
    init: () => step.init(),
    update: async (window) => step.take(window, await sweep.run(window)),
    async close() {
      await sweep.close();
      await step.close();
    },
  };
}
