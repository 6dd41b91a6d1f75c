/** @file The learner of Algorithm 1: every K student steps ω moves along ∂M/∂ω, taken back through the last B of them. */

import type { Engine } from "../../engines/engine.ts";
import type { InnerProblem, OuterProblem } from "../../hyper/problem.ts";
import { Sweep } from "../../hyper/sweep.ts";
import type { Spec } from "../../tensor.ts";
import type { Learner } from "./learner.ts";
import type { MethodOptions } from "../options.ts";
import { TeacherStep } from "./teacher-step.ts";

type SweepOptions = Pick<
  MethodOptions,
  "teacherEvery" | "window" | "reversal" | "teacherOptimizer" | "teacherLr" | "teacherWeightDecay"
>;

/** @param omega ω's arrays, in order */
export function sweepLearner(
  engine: Engine,
  inner: (batchSize: number) => InnerProblem,
  outer: OuterProblem,
  omega: readonly Spec[],
  options: SweepOptions,
): Learner {
  const sweep = new Sweep(engine, inner, outer, options.reversal);
  const step = new TeacherStep(engine, omega, options);
  return {
    every: options.teacherEvery,
    timing: "after",
    window: options.window,
    keeps: options.reversal === "snapshot" ? "every" : "first",
    init: () => step.init(),
    update: async (episode) => step.take(episode, await sweep.run(episode)),
    async close() {
      await sweep.close();
      await step.close();
    },
  };
}
