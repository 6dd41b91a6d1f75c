/** @file Optimisers of the student, by name. */

import { decoupledAdam } from "./adam.ts";
import { momentumSgd } from "./momentum.ts";
import type { Optimizer } from "./optimizer.ts";

export const STUDENT_OPTIMIZERS = ["momentum", "adam"] as const;

export interface StudentOptimizerOptions {
  readonly optimizer: (typeof STUDENT_OPTIMIZERS)[number];
  /** μ */
  readonly momentum: number;
  /** λ */
  readonly weightDecay: number;
  readonly adamBeta1: number;
  readonly adamBeta2: number;
  readonly adamEpsilon: number;
}

/** A student's optimiser, and what a problem must know of it. */
export interface StudentOptimizer {
  readonly optimizer: Optimizer;
  /** Weight decay that is part of its gradient: none where it decays parameters by itself. */
  readonly gradientDecay: number;
  /** Whether its steps can be undone. */
  readonly isUndone: boolean;
}

export function studentOptimizer(options: StudentOptimizerOptions): StudentOptimizer {
  const { momentum, weightDecay, adamBeta1: beta1, adamBeta2: beta2, adamEpsilon: epsilon } = options;
  return options.optimizer === "adam"
    ? { optimizer: decoupledAdam({ beta1, beta2, epsilon, weightDecay }), gradientDecay: 0, isUndone: false }
    : { optimizer: momentumSgd(momentum), gradientDecay: weightDecay, isUndone: true };
}
