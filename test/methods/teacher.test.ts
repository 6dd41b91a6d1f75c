import { describe, expect, test } from "vitest";
import { reference } from "../../src/engines/reference/reference.ts";
import type { StepRecord } from "../../src/hyper/sweep.ts";
import { Sweep } from "../../src/hyper/sweep.ts";
import { tensor } from "../../src/tensor.ts";
import { leaves } from "../../src/tree.ts";
import type { TrainInput } from "../../src/train/config.ts";
import type { Trainer } from "../../src/train/trainer.ts";
import { batchOf, differences, flat, little, metricAt, normals, numbers, relative, unflat } from "./little.ts";

const STEPS = 4;
const clean = batchOf(8, 50);
const rateOf = (t: number): number => Math.fround(t < 2 ? 0.5 : 0.05);
const contextOf = (t: number) => ({ progress: t / STEPS, loss: 0.5, accuracy: 0.25 });

/** A run whose teacher may be moved in its last B steps. */
async function prepare(changes: TrainInput, B: number) {
  const trainer = little(changes);
  const like = leaves(trainer.problem.initial.omega);
  const start = flat(normals(like, 0.4, "omega"));
  const omegaIs = (omega: readonly number[]): void => {
    trainer.arrays = { ...trainer.arrays, omega: unflat(omega, like).map((x) => reference.upload(x)) };
  };
  const input = (t: number) => ({ batch: batchOf(6, 60 + t), rate: rateOf(t), context: contextOf(t) });
  const take = async (from: number, to: number): Promise<StepRecord[]> => {
    const window: StepRecord[] = [];
    for (let t = from; t < to; t++) {
      window.push({ ...trainer.record(input(t), 0), thetaBefore: trainer.arrays.theta });
      await trainer.step(input(t).batch, rateOf(t), 0, contextOf(t));
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
async function swept({ problem, arrays }: Trainer, window: readonly StepRecord[]) {
  const sweep = new Sweep(reference, (size) => problem.inner(size), problem.outer(), "float");
  const validation = [tensor(clean.x, [8, 1, 2, 2]), tensor(clean.y)].map((x) => reference.upload(x));
  const { dOmega, metric } = await sweep.run({ ...arrays, window, validation });
  await sweep.close();
  return { dOmega: await numbers(dOmega), metric };
}

describe("the hypergradient of deep through the whole run, by finite differences of it", () => {
  test.each([
    // With ∂w/∂θ kept or dropped in the student's gradient, and exact in the teacher's: all steps.
    { features: "I0+M0+bilinear+loss", teacher: "mlp-1", interaction: "cut-exact", B: STEPS },
    { features: "I0+M0+bilinear+loss", teacher: "mlp-1", interaction: "deep", B: STEPS },
    { features: "I1+loss", teacher: "mlp-2", interaction: "deep", B: STEPS },
    // One step back there is nothing that `cut` could drop, nor M1, which passes no gradient on.
    { features: "I0+M0+M1+bilinear+loss", teacher: "mlp-1", interaction: "cut", B: 1 },
    { features: "I1+M1", teacher: "mlp-2", interaction: "cut", B: 1 },
  ] as const)("$features, $teacher, $interaction, B = $B", async ({ B, ...changes }) => {
    const { trainer, start, finish } = await prepare({ method: "deep", ...changes }, B);
    const { window, metric } = await finish(start);
    const { dOmega, metric: told } = await swept(trainer, window);
    expect(told).toBeCloseTo(metric, 12);
    const want = await differences(async (omega) => (await finish(omega)).metric, start);
    // Central differences with h = 1e-5 in float64 resolve about 1e-9; the gradients here are of order 0.1.
    expect(relative(dOmega, want)).toBeLessThan(1e-7);
  });
});
