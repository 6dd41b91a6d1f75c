/**
 * @file The student steps that a teacher update will go back through, and those of them whose parameters must
 * be kept.
 */

import type { Learner } from "../../methods/learning/learner.ts";

/**
 * Place of the window's first step in its period, and whether every step keeps its parameters; undefined
 * without a window.
 */
function windowOf(learner: Learner | undefined) {
  if (learner?.timing.when !== "after" || !learner.timing.window) return undefined;
  const { every, window } = learner.timing;
  return { start: every - window.steps, keepsEvery: window.keepsTheta === "every" };
}

/** Whether the step lies among the last B of its K. @param stepInPeriod from 0, since the last update */
export function inWindow(learner: Learner | undefined, stepInPeriod: number): boolean {
  const window = windowOf(learner);
  return window !== undefined && stepInPeriod >= window.start;
}

/** Whether θ before the step must be kept. @param snapshots whether a learner that reverses steps must not any more */
export function keepsTheta(learner: Learner | undefined, stepInPeriod: number, snapshots: boolean): boolean {
  const window = windowOf(learner);
  if (!window || stepInPeriod < window.start) return false;
  return snapshots || window.keepsEvery || stepInPeriod === window.start;
}
