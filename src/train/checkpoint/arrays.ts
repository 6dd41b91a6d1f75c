/** @file A run's state to and from a checkpoint. */

import type { DeviceTensor } from "../../engines/engine.ts";
import { CheckpointError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { sameShape } from "../../tensor.ts";
import { entries } from "../../tree.ts";
import type { Progress } from "../progress.ts";
import { learningRate, placeOf } from "../schedule.ts";
import type { RunParts } from "../setup.ts";
import type { RunArrays, Trainer } from "../step/trainer.ts";

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

/** The arrays saved under `prefix`, in the order and shapes of `like`. */
function arraysOf(
  tensors: ReadonlyMap<string, Tensor>,
  prefix: string,
  like: readonly [name: string, Tensor][],
): Tensor[] {
  return like.map(([name, { shape }]) => {
    const saved = tensors.get(`${prefix}.${name}`);
    if (!saved || !sameShape(saved.shape, shape)) {
      const got = saved ? `shape [${saved.shape.join(",")}]` : "nothing";
      throw new CheckpointError(`checkpoint: expected ${prefix}.${name} of shape [${shape.join(",")}], got ${got}`);
    }
    return saved;
  });
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

/** Makes the window of a resumed run again: its batches from the counters, the kept parameters from the checkpoint. */
export function rebuildWindow(
  { config, batches, trainer }: RunParts,
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
