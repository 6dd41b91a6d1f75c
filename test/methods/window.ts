/**
 * @file A run of the little student whose ω may be moved in its last B steps: what tests of ∂M/∂ω through the
 * run share.
 */

import { reference } from "../../src/engines/reference/reference.ts";
import type { Reversal, StepRecord } from "../../src/hyper/sweep.ts";
import { Sweep } from "../../src/hyper/sweep.ts";
import { leaves } from "../../src/tree.ts";
import type { TrainInput } from "../../src/train/config.ts";
import type { Trainer } from "../../src/train/step/trainer.ts";
import { batchOf, flat, little, metricAt, normals, numbers, unflat } from "./little.ts";

export const STEPS = 4;
const clean = batchOf(8, 50);
const rateOf = (t: number): number => Math.fround(t < 2 ? 0.5 : 0.05);
const momentOf = (t: number) => ({ progress: t / STEPS, loss: 0.5, accuracy: 0.25 });

/**
 * A run whose teacher may be moved in its last B steps. Its ω is where it starts, moved by normal numbers.
 * @param rate of the student's dropout
 */
export async function prepare(changes: TrainInput, B: number, rate = 0) {
  const trainer = little(changes, rate);
  const like = leaves(trainer.problem.initial.omega);
  const moved = flat(normals(like, 0.4, "omega"));
  const start = flat(like).map((x, i) => x + moved[i]!);
  const omegaIs = (omega: readonly number[]): void => {
    trainer.arrays = { ...trainer.arrays, omega: unflat(omega, like).map((x) => reference.upload(x)) };
  };
  const input = (t: number) => ({
    ...{ batch: batchOf(6, 60 + t), rate: rateOf(t), moment: momentOf(t) },
    ...trainer.keyOf(1, t),
  });
  const take = async (from: number, to: number): Promise<StepRecord[]> => {
    const window: StepRecord[] = [];
    for (let t = from; t < to; t++) {
      const { theta: thetaBefore, optimizer: stateBefore } = trainer.arrays;
      window.push({ ...trainer.record(input(t), 0), thetaBefore, stateBefore });
      await trainer.step(input(t), 0);
    }
    return window;
  };
  omegaIs(start);
  await take(0, STEPS - B);
  const windowStart = trainer.arrays;
  /** Takes the last steps with another ω. @returns M at the end, and the window */
  const finish = async (omega: readonly number[]) => {
    trainer.arrays = windowStart;
    omegaIs(omega);
    const window = await take(STEPS - B, STEPS);
    return { window, metric: await metricAt(await numbers(trainer.arrays.theta), clean) };
  };
  return { trainer, start, finish };
}

/** ∂M/∂ω and M by the sweep, after the run has been finished. */
export async function swept(trainer: Trainer, window: readonly StepRecord[], reversal: Reversal = "float") {
  const { inner, outer } = trainer.problem;
  const sweep = new Sweep(reference, inner, outer, reversal);
  const { theta, optimizer, omega } = trainer.arrays;
  const velocity = optimizer["velocity"] ?? [];
  const { dOmega, metric } = await sweep.run({ theta, velocity, omega, window, validation: trainer.inputs(clean) });
  await sweep.close();
  return { dOmega: await numbers(dOmega), metric };
}
