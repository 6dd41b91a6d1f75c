/** @file Learning rates, places in an epoch and between teacher updates, and the moment of the run that methods may know. */

import type { Moment } from "../objectives/view.ts";
import type { TrainConfig } from "./config.ts";
import type { Progress } from "./progress.ts";

/** The learning rate of a step, by the step's number and its epoch, both counted from 0. */
export type Schedule = (at: { readonly step: number; readonly epoch: number }) => number;

/** η / 10 for each milestone that has been reached; by default at 2/3 and 5/6 of the epochs. */
export function stepDecay({ lr, milestones, epochs }: Pick<TrainConfig, "lr" | "milestones" | "epochs">): Schedule {
  const at = milestones ?? [Math.max(1, Math.round((epochs * 2) / 3)), Math.max(1, Math.round((epochs * 5) / 6))];
  return ({ epoch }) => lr / 10 ** at.filter((milestone) => epoch >= milestone).length;
}

/** Where step `step` (from 0) lies: its epoch, and its place in the period between teacher updates. */
export function placeOf(step: number, stepsPerPass: number, every: number): { epoch: number; inPeriod: number } {
  return { epoch: Math.floor(step / stepsPerPass), inPeriod: step % every };
}

/** Mean loss of the steps so far over that of a student that knows nothing, at most 1. @param chance the latter, nats */
export function meanLoss(lossSum: number, steps: number, chance: number): number {
  return steps === 0 ? 1 : Math.min(1, lossSum / steps / chance);
}

/** The moment of a run before its next step. */
export function momentOf({ step, lossSum, best }: Progress, totalSteps: number, chance: number): Moment {
  return {
    progress: step / totalSteps,
    loss: meanLoss(lossSum, step, chance),
    accuracy: best ? 1 - best.validError : 0,
  };
}
