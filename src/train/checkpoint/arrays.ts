/** @file A run's state to and from a checkpoint. */

import type { DeviceTensor } from "../../engines/engine.ts";
import { CheckpointError } from "../../errors.ts";
import { batchAt } from "../../tasks/batches.ts";
import type { Tensor } from "../../tensor.ts";
import { sameShape } from "../../tensor.ts";
import { entries, leaves } from "../../tree.ts";
import type { Progress } from "../progress.ts";
import { scheduleOf } from "../../optim/schedules.ts";
import { placeOf } from "../schedule.ts";
import type { RunParts } from "../setup.ts";
import type { RunArrays, Trainer } from "../step/trainer.ts";

type Named = [name: string, tensor: Tensor][];

/** A part of a run's arrays, under the name that it has in checkpoints. */
interface Group {
  readonly name: string;
  /** Names and shapes of its arrays. */
  readonly like: Named;
  readonly arrays: readonly DeviceTensor[];
  readonly put: (arrays: readonly DeviceTensor[]) => void;
}

/** All groups: `theta`, those of the optimiser (`velocity`; or `count`, `first`, `second`), `state` for running statistics, `omega`, `memory`. */
function groupsOf(trainer: Trainer): Group[] {
  const { problem, learner } = trainer;
  const { theta, statistics, omega } = problem.initial;
  const group = (name: string, like: Named, key: "theta" | "statistics" | "omega" | "memory"): Group => ({
    name,
    like,
    arrays: trainer.arrays[key],
    put: (arrays) => (trainer.arrays = { ...trainer.arrays, [key]: arrays }),
  });
  const own = entries(theta);
  // Adam's count is no array of each parameter.
  const ofOptimizer = ([name, group]: [string, readonly Tensor[]]): Group => ({
    name,
    like: group.map((tensor, i) => [group.length === own.length ? own[i]![0] : String(i), tensor]),
    arrays: trainer.arrays.optimizer[name]!,
    put: (arrays) => {
      trainer.arrays = { ...trainer.arrays, optimizer: { ...trainer.arrays.optimizer, [name]: arrays } };
    },
  });
  const memory = (learner?.init() ?? []).map((tensor, i): [string, Tensor] => [String(i), tensor]);
  return [
    group("theta", own, "theta"),
    ...Object.entries(problem.optimizer.init(leaves(theta))).map(ofOptimizer),
    group("state", entries(statistics), "statistics"),
    group("omega", entries(omega), "omega"),
    group("memory", memory, "memory"),
  ];
}

/** The groups that a student is used with, without going on with its training. */
export const FOR_USE: readonly string[] = ["theta", "state", "omega"];

const readAll = (arrays: readonly DeviceTensor[]): Promise<Tensor[]> => Promise.all(arrays.map((x) => x.read()));

/**
 * Arrays by name: `theta.stem.conv.weight`, `velocity.…`, `state.…`, `omega.W`, `memory.0`, `window.0.theta.…`.
 * @param only names of groups; all of them, and the window, by default
 */
export async function exportArrays(trainer: Trainer, only?: readonly string[]): Promise<Map<string, Tensor>> {
  const groups = groupsOf(trainer).filter(({ name }) => only?.includes(name) ?? true);
  const tensors = new Map<string, Tensor>();
  const put = (prefix: string, like: Named, host: readonly Tensor[]): void =>
    host.forEach((tensor, i) => tensors.set(`${prefix}.${like[i]![0]}`, tensor));
  for (const { name, like, arrays } of groups) put(name, like, await readAll(arrays));
  if (only) return tensors;
  const likeOf = (name: string): Named => groups.find((group) => group.name === name)!.like;
  for (const [i, { thetaBefore, stateBefore = {} }] of trainer.window.entries()) {
    if (!thetaBefore) continue;
    for (const [name, arrays] of Object.entries({ theta: thetaBefore, ...stateBefore })) {
      put(`window.${i}.${name}`, likeOf(name), await readAll(arrays));
    }
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

/** Puts saved arrays back. @param only names of groups, all by default; the others stay as they are */
export function importArrays(trainer: Trainer, tensors: ReadonlyMap<string, Tensor>, only?: readonly string[]): void {
  for (const { name, like, put } of groupsOf(trainer)) {
    if (only?.includes(name) ?? true) put(trainer.upload(arraysOf(tensors, name, like)));
  }
}

/** θ and the optimiser's state before step i of the window where the checkpoint has them, else as they are now. */
function keptBefore(
  trainer: Trainer,
  i: number,
  tensors: ReadonlyMap<string, Tensor>,
): Pick<RunArrays, "theta" | "optimizer"> {
  const groups = groupsOf(trainer);
  const kept = (wanted: string): readonly DeviceTensor[] => {
    const { like, arrays } = groups.find(({ name }) => name === wanted)!;
    const prefix = `window.${i}.${wanted}`;
    return tensors.has(`${prefix}.${like[0]![0]}`) ? trainer.upload(arraysOf(tensors, prefix, like)) : arrays;
  };
  const names = Object.keys(trainer.arrays.optimizer);
  return { theta: kept("theta"), optimizer: Object.fromEntries(names.map((name) => [name, kept(name)])) };
}

/** Rebuilds the window of a resumed run: its batches from the counters, the kept parameters from the checkpoint. */
export function rebuildWindow(
  { config, batches, trainer }: RunParts,
  progress: Progress,
  tensors: ReadonlyMap<string, Tensor>,
): void {
  if (!trainer.learner) return;
  const schedule = scheduleOf(config);
  for (let i = 0; i < progress.windowLength; i++) {
    const step = progress.step - progress.windowLength + i;
    const { epoch, inPeriod } = placeOf(step, batches.stepsPerPass, trainer.learner.timing.every);
    const [done, loss, accuracy] = progress.contexts[i] ?? [0, 1, 0];
    const moment = { progress: done, loss, accuracy };
    const key = trainer.keyOf(config.seed, step);
    const input = { batch: batchAt(batches, step), rate: schedule({ step, epoch }), moment, ...key };
    trainer.window.push(trainer.record(input, inPeriod, keptBefore(trainer, i, tensors)));
  }
}
