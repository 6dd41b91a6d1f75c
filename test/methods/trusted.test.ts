/** @file Methods beside trusted examples in a batch: these keep the uniform share, and the sums are over the others. */

import { describe, expect, test } from "vitest";
import type { Batch } from "../../src/tasks/batches.ts";
import { tensor } from "../../src/tensor.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { batchOf, little, numbers, perExample, relative, stepOn } from "./little.ts";

/** Rows 1 and 4 of 6 are trusted. */
const MARKS = [0, 1, 0, 0, 1, 0];
const marked = (batch: Batch, marks: readonly number[] = MARKS): Batch => ({
  ...batch,
  arrays: { ...batch.arrays, trusted: tensor(Float32Array.from(marks)) },
});
const rowsWith = (mark: number): number[] => MARKS.flatMap((own, row) => (own === mark ? [row] : []));

const cases: readonly TrainInput[] = [
  { method: "uniform" },
  { method: "focal", focalGamma: 2 },
  { method: "spl" },
  { method: "mwnet" },
  { method: "mwnet", mwnetVariant: "original" },
  { method: "l2rw" },
  { method: "l2t-loss", teacherEvery: 1, window: 1 },
  { method: "deep", features: "I0+M0+loss", teacherEvery: 1, window: 1, teacherLr: 0.5 },
  { method: "deep-joint", teacherEvery: 1, window: 1, teacherLr: 0.5 },
  { method: "transition", teacherEvery: 1 },
];

describe.each(cases)("%j", (settings) => {
  /** The weights of a few steps with updates between them. */
  async function weightsOf(marks: readonly number[]): Promise<Float32Array[]> {
    const trainer = little(settings);
    const weights: Float32Array[] = [];
    for (const seed of [1, 2, 3, 4]) {
      const input = stepOn(marked(batchOf(6, seed), marks), 0.3);
      if (trainer.learner?.timing.when === "before") await trainer.learn(batchOf(8, seed + 20), input);
      weights.push((await trainer.step(input, 0)).weights);
      if (trainer.learner?.timing.when === "after") await trainer.learn(batchOf(8, seed + 20));
    }
    await trainer.close();
    return weights;
  }

  test("trusted examples have the weight of uniform weighting", async () => {
    for (const weights of await weightsOf(MARKS)) {
      for (const row of rowsWith(1)) expect(weights[row]).toBeCloseTo(1 / 6, 6);
    }
  });

  test("a batch of trusted examples alone trains like the baseline", async () => {
    for (const weights of await weightsOf([1, 1, 1, 1, 1, 1])) {
      for (const weight of weights) expect(weight).toBeCloseTo(1 / 6, 6);
    }
  });
});

describe("weights that are relative", () => {
  test.each(["deep", "deep-joint"] as const)("%s: those of untrusted examples sum to their share", async (method) => {
    const trainer = little({ method, teacherEvery: 1, window: 1, teacherLr: 0.5 });
    for (const seed of [1, 2, 3]) {
      const { weights } = await trainer.step(stepOn(marked(batchOf(6, seed)), 0.3), 0);
      const total = rowsWith(0).reduce((sum, row) => sum + weights[row]!, 0);
      expect(total).toBeCloseTo(4 / 6, 6);
      await trainer.learn(batchOf(8, seed + 20));
    }
    await trainer.close();
  });

  test("spl ranks untrusted examples alone: at the start half of them share their part", async () => {
    const trainer = little({ method: "spl" });
    const batch = batchOf(6, 5);
    const { losses } = await perExample(await numbers(trainer.arrays.theta), batch);
    const { weights } = await trainer.step(stepOn(marked(batch), 0.3), 0);
    const easiest = rowsWith(0)
      .sort((a, b) => losses[a]! - losses[b]!)
      .slice(0, 2);
    for (const row of rowsWith(0)) expect(weights[row]).toBeCloseTo(easiest.includes(row) ? 4 / 6 / 2 : 0, 6);
    await trainer.close();
  });
});

test("the student steps along Σ wₖ ∇ℓₖ with the labels that the trusted examples have", async () => {
  const trainer = little({ method: "focal", focalGamma: 2, weightDecay: 0, momentum: 0 });
  const batch = batchOf(6, 9);
  const before = await numbers(trainer.arrays.theta);
  const { losses, gradients } = await perExample(before, batch);
  await trainer.step(stepOn(marked(batch), 0.5), 0);
  const after = await numbers(trainer.arrays.theta);
  // ∂/∂ℓ of the focal loss (1 − p)² ℓ with p = e^(−ℓ): (1 − p)² + 2 (1 − p) p ℓ; 1 for trusted examples.
  const slopes = losses.map((l, k) => {
    const p = Math.exp(-l);
    return MARKS[k] === 1 ? 1 : (1 - p) ** 2 + 2 * (1 - p) * p * l;
  });
  const expected = before.map((x, i) => x - (0.5 / 6) * gradients.reduce((sum, g, k) => sum + slopes[k]! * g[i]!, 0));
  expect(
    relative(
      after.map((x, i) => x - before[i]!),
      expected.map((x, i) => x - before[i]!),
    ),
  ).toBeLessThan(1e-6);
  await trainer.close();
});
