/** @file Which student steps a teacher update will go back through, and of which of them the parameters must be kept. */

import type { Learner } from "../../methods/learning/learner.ts";

/** Whether the step lies among the last B of its K. @param stepInPeriod from 0, since the last update */
export function inWindow(learner: Learner | undefined, stepInPeriod: number): boolean {
  return learner?.timing === "after" && stepInPeriod >= learner.every - learner.window;
}

/** Whether θ before the step must be kept. */
export function keepsTheta(learner: Learner | undefined, stepInPeriod: number): boolean {
  if (!learner || !inWindow(learner, stepInPeriod)) return false;
  return learner.keeps === "every" || stepInPeriod === learner.every - learner.window;
}
