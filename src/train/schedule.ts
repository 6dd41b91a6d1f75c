/** @file What depends on how far a run has come: learning rate, place between teacher updates, and what methods are told of the run. */

import type { RunContext } from "../objectives/view.ts";
import type { TrainConfig } from "./config.ts";
import type { Progress } from "./progress.ts";

/** Epochs after which η is divided by ten. */
function milestonesOf({ milestones, epochs }: Pick<TrainConfig, "milestones" | "epochs">): readonly number[] {
  return milestones ?? [Math.max(1, Math.round((epochs * 2) / 3)), Math.max(1, Math.round((epochs * 5) / 6))];
}

/** Learning rate in an epoch (counted from 0): η / 10 for each milestone that has been reached. */
export function learningRate(config: TrainConfig, epoch: number): number {
  const drops = milestonesOf(config).filter((milestone) => epoch >= milestone).length;
  return config.lr / 10 ** drops;
}

/** Where step `step` (from 0) lies: its epoch, its place in the epoch, and in the period between teacher updates. */
export function placeOf(
  step: number,
  stepsPerEpoch: number,
  every: number,
): { epoch: number; inEpoch: number; inPeriod: number } {
  return { epoch: Math.floor(step / stepsPerEpoch), inEpoch: step % stepsPerEpoch, inPeriod: step % every };
}

/** Mean loss of the steps so far over ln(classes), at most 1. */
export function meanLoss(lossSum: number, steps: number, classes: number): number {
  return steps === 0 ? 1 : Math.min(1, lossSum / steps / Math.log(classes));
}

/** What is known of a run before its next step. */
export function contextOf({ step, lossSum, best }: Progress, totalSteps: number, classes: number): RunContext {
  return {
    progress: step / totalSteps,
    loss: meanLoss(lossSum, step, classes),
    accuracy: best ? 1 - best.validError : 0,
  };
}
