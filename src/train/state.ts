/** @file A run's state to and from a checkpoint. */

import type { Batches } from "../data/batches.ts";
import type { DeviceTensor } from "../engines/engine.ts";
import type { RunContext } from "../methods/method.ts";
import type { Tensor } from "../tensor.ts";
import { entries } from "../tree.ts";
import type { Progress } from "./checkpoint.ts";
import { arraysOf } from "./checkpoint.ts";
import type { TrainConfig } from "./config.ts";
import { learningRate } from "./config.ts";
import type { RunArrays, Trainer } from "./trainer.ts";

type Named = [name: string, tensor: Tensor][];

/** Names and shapes of each group of arrays. */
function layout({ problem, learner }: Trainer): Record<keyof RunArrays, Named> {
  const { theta, state, omega } = problem.initial;
  const memory = (learner?.init() ?? []).map((tensor, i): [string, Tensor] => [String(i), tensor]);
  return { theta: entries(theta), velocity: entries(theta), state: entries(state), omega: entries(omega), memory };
}

const GROUPS = ["theta", "velocity", "state", "omega", "memory"] as const;

const readAll = (arrays: readonly DeviceTensor[]): Promise<Tensor[]> => Promise.all(arrays.map((x) => x.read()));

/** All arrays by name: `theta.stem.conv.weight`, `velocity.…`, `state.…`, `omega.W`, `memory.0`, `window.0.theta.…`. */
export async function exportArrays(
  trainer: Trainer,
  groups: readonly (keyof RunArrays)[] = GROUPS,
): Promise<Map<string, Tensor>> {
  const names = layout(trainer);
  const tensors = new Map<string, Tensor>();
  const put = (prefix: string, like: Named, host: readonly Tensor[]): void =>
    host.forEach((tensor, i) => tensors.set(`${prefix}.${like[i]![0]}`, tensor));
  for (const group of groups) put(group, names[group], await readAll(trainer.arrays[group]));
  if (groups !== GROUPS) return tensors;
  for (const [i, { thetaBefore }] of trainer.window.entries()) {
    if (thetaBefore) put(`window.${i}.theta`, names.theta, await readAll(thetaBefore));
  }
  return tensors;
}

/** Puts saved arrays back; the groups that are not named stay as they are. */
export function importArrays(
  trainer: Trainer,
  tensors: ReadonlyMap<string, Tensor>,
  groups: readonly (keyof RunArrays)[] = GROUPS,
): void {
  const names = layout(trainer);
  for (const group of groups) {
    const arrays = arraysOf(tensors, group, names[group]).map((x) => trainer.engine.upload(x));
    trainer.arrays = { ...trainer.arrays, [group]: arrays };
  }
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

/** Makes the window of a resumed run again: its batches from the counters, the kept parameters from the checkpoint. */
export function rebuildWindow(
  trainer: Trainer,
  batches: Batches,
  config: TrainConfig,
  progress: Progress,
  tensors: ReadonlyMap<string, Tensor>,
): void {
  if (!trainer.learner) return;
  const like = entries(trainer.problem.initial.theta);
  for (let i = 0; i < progress.windowLength; i++) {
    const step = progress.step - progress.windowLength + i;
    const { epoch, inEpoch, inPeriod } = placeOf(step, batches.stepsPerEpoch, trainer.learner.every);
    const kept = tensors.has(`window.${i}.theta.${like[0]![0]}`);
    const thetaBefore = kept
      ? arraysOf(tensors, `window.${i}.theta`, like).map((x) => trainer.engine.upload(x))
      : trainer.arrays.theta;
    const [progressThen, loss, accuracy] = progress.contexts[i] ?? [0, 1, 0];
    const context = { progress: progressThen, loss, accuracy };
    const input = { batch: batches.train(epoch, inEpoch), rate: learningRate(config, epoch), context };
    trainer.window.push(trainer.record(input, inPeriod, thetaBefore));
  }
}
