/** @file A run's state to and from a checkpoint. */

import type { DeviceTensor } from "../../engines/engine.ts";
import { CheckpointError } from "../../errors.ts";
import { batchAt } from "../../tasks/batches.ts";
import type { Tensor } from "../../tensor.ts";
import { sameShape } from "../../tensor.ts";
import { entries } from "../../tree.ts";
import type { Progress } from "../progress.ts";
import { placeOf, stepDecay } from "../schedule.ts";
import type { RunParts } from "../setup.ts";
import type { Trainer } from "../step/trainer.ts";

type Named = [name: string, tensor: Tensor][];

/** A part of a run's arrays, under the name that it has in checkpoints. */
interface Group {
  readonly name: string;
  /** Names and shapes of its arrays. */
  readonly like: Named;
  readonly arrays: readonly DeviceTensor[];
  readonly put: (arrays: readonly DeviceTensor[]) => void;
}

/** All groups: `theta`, those of the optimiser (`velocity`), `state` for running statistics, `omega`, `memory`. */
function groupsOf(trainer: Trainer): Group[] {
  const { problem, learner } = trainer;
  const { theta, statistics, omega } = problem.initial;
  const group = (name: string, like: Named, key: "theta" | "statistics" | "omega" | "memory"): Group => ({
    name,
    like,
    arrays: trainer.arrays[key],
    put: (arrays) => (trainer.arrays = { ...trainer.arrays, [key]: arrays }),
  });
  const ofOptimizer = (name: string): Group => ({
    name,
    like: entries(theta),
    arrays: trainer.arrays.optimizer[name]!,
    put: (arrays) => {
      trainer.arrays = { ...trainer.arrays, optimizer: { ...trainer.arrays.optimizer, [name]: arrays } };
    },
  });
  const memory = (learner?.init() ?? []).map((tensor, i): [string, Tensor] => [String(i), tensor]);
  return [
    group("theta", entries(theta), "theta"),
    ...Object.keys(trainer.arrays.optimizer).map(ofOptimizer),
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
  const like = entries(trainer.problem.initial.theta);
  for (const [i, { thetaBefore }] of trainer.window.entries()) {
    if (thetaBefore) put(`window.${i}.theta`, like, await readAll(thetaBefore));
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

/** Rebuilds the window of a resumed run: its batches from the counters, the kept parameters from the checkpoint. */
export function rebuildWindow(
  { config, batches, trainer }: RunParts,
  progress: Progress,
  tensors: ReadonlyMap<string, Tensor>,
): void {
  if (!trainer.learner) return;
  const like = entries(trainer.problem.initial.theta);
  const schedule = stepDecay(config);
  for (let i = 0; i < progress.windowLength; i++) {
    const step = progress.step - progress.windowLength + i;
    const { epoch, inPeriod } = placeOf(step, batches.stepsPerPass, trainer.learner.timing.every);
    const isKept = tensors.has(`window.${i}.theta.${like[0]![0]}`);
    const thetaBefore = isKept ? trainer.upload(arraysOf(tensors, `window.${i}.theta`, like)) : trainer.arrays.theta;
    const [done, loss, accuracy] = progress.contexts[i] ?? [0, 1, 0];
    const moment = { progress: done, loss, accuracy };
    const key = trainer.keyOf(config.seed, step);
    const input = { batch: batchAt(batches, step), rate: schedule({ step, epoch }), moment, ...key };
    trainer.window.push(trainer.record(input, inPeriod, thetaBefore));
  }
}
