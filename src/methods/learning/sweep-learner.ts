/**
 * @file Learner of Algorithm 1: updates ω along ∂M/∂ω every K student steps, by the sweep back through the last B of
 * them.
 */

import { Sweep } from "../../hyper/sweep.ts";
import type { Spec } from "../../tensor.ts";
import { asFloat32 } from "../../tensor.ts";
import type { Learner, Window } from "./learner.ts";
import type { LearnerParts } from "../method.ts";
import type { MethodOptions } from "../options.ts";
import { norm, TeacherStep } from "./teacher-step.ts";

type SweepOptions = Pick<
  MethodOptions,
  "teacherEvery" | "window" | "reversal" | "teacherOptimizer" | "teacherLr" | "teacherWeightDecay"
>;

/** Largest drift, as a share of the largest parameter, at which a gradient is still used. */
const DRIFT_LIMIT = 1e-2;

/**
 * Why a gradient must not be used: the reversal has not come back to the parameters that it started from. Undoing a
 * step divides the velocity by μ, so each step back magnifies rounding by 1/μ. Undefined for a drift within the limit.
 */
async function tooFar(
  { theta, window }: Pick<Window, "theta" | "window">,
  drift: number,
  momentum: number,
): Promise<string | undefined> {
  const arrays = await Promise.all(theta.map(async (x) => asFloat32(await x.read())));
  const largest = arrays.reduce((most, array) => array.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0);
  if (drift <= DRIFT_LIMIT * largest) return undefined;
  const times = (drift / largest).toPrecision(2);
  return (
    `the reversal of ${window.length} steps drifted by ${drift.toPrecision(2)}, ${times} times the largest parameter: ` +
    `momentum ${momentum} magnifies rounding ${(momentum ** (1 - window.length)).toPrecision(2)}-fold over them`
  );
}

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
      window: {
        steps: options.window,
        keepsTheta: options.reversal === "snapshot" || inner.optimizer ? "every" : "first",
      },
    },
    init: () => step.init(),
    async update(window) {
      const swept = await sweep.run(window);
      const { metric, drift, dOmega } = swept;
      const rejected = drift === null ? undefined : await tooFar(window, drift, inner.momentum);
      if (rejected === undefined) return step.take(window, swept);
      const { omega, memory } = window;
      return { rejected, omega, memory, metric, drift, gradientNorm: await norm(dOmega) };
    },
    async close() {
      await sweep.close();
      await step.close();
    },
  };
}
