/** @file Positions of a step within an epoch and a period, and the moment of the run that methods see. */

import type { Timing } from "../methods/learning/learner.ts";
import type { Moment } from "../objectives/view.ts";
import type { Progress } from "./progress.ts";

/** Epoch of step `step` (from 0), and its position in the period between teacher updates. */
export function placeOf(step: number, stepsPerPass: number, every: number): { epoch: number; inPeriod: number } {
  return { epoch: Math.floor(step / stepsPerPass), inPeriod: step % every };
}

/** Teacher updates in a run of this many steps. */
export const updatesIn = (steps: number, { when, every }: Timing): number =>
  when === "before" ? Math.ceil(steps / every) : Math.floor(steps / every);

/** What is wrong with a run that ends before the teacher's first update. */
export const idleTeacherText = (every: number, steps: number): string =>
  `the teacher makes no update: its first comes after --teacher-every ${every} steps, and the run has ${steps}. ` +
  "Lower --teacher-every, or raise --epochs";

/** What a resume with more epochs means for the schedule. @param phases whether the method's batches have phases */
export const lengthenedText = (from: number, epochs: number, phases: boolean): string =>
  `the run goes on to ${epochs} epochs instead of ${from}: from here on the learning rate is that of a run of ${epochs} epochs ` +
  `(--milestones, if given, stay), so this is not the run that ${epochs} epochs would have been from the start` +
  (phases ? ". What its batches hold is that of the longer run too: it may go back to untrusted examples" : "");

/**
 * Mean loss of the steps so far relative to chance level, at most 1.
 * @param chance loss of an untrained student, nats
 */
export function meanLoss(lossSum: number, steps: number, chance: number): number {
  return steps === 0 ? 1 : Math.min(1, lossSum / steps / chance);
}

/** Moment of a run before its next step. */
export function momentOf({ step, lossSum, best }: Progress, totalSteps: number, chance: number): Moment {
  return {
    progress: step / totalSteps,
    loss: meanLoss(lossSum, step, chance),
    accuracy: best?.validError == null ? 0 : 1 - best.validError,
  };
}
