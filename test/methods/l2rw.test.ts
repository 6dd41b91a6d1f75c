import { describe, expect, test } from "vitest";
import type { Batch } from "../../src/tasks/batches.ts";
import { tensor } from "../../src/tensor.ts";
import type { Trainer } from "../../src/train/step/trainer.ts";
import { batchOf, dot, little, metricGradient, numbers, perExample, relative, stepOn } from "./little.ts";

const RATE = Math.fround(0.3);

/** uₖ = −η ∇M · ∇ℓₖ, one example at a time, and the weights that follow from it. */
async function explicit(trainer: Trainer, batch: Batch, clean: Batch): Promise<{ u: number[]; weights: number[] }> {
  const theta = await numbers(trainer.arrays.theta);
  const { gradients } = await perExample(theta, batch);
  const dM = await metricGradient(theta, clean);
  const u = gradients.map((g) => -RATE * dot(g, dM));
  const helpful = u.map((x) => Math.max(x, 0));
  const total = helpful.reduce((a, b) => a + b);
  return { u, weights: helpful.map((x) => (total === 0 ? 0 : x / total)) };
}

/** One image again and again, under one label. */
function repeated({ arrays, positions, size }: Batch, label: number): Batch {
  const { data, shape } = arrays["images"]!;
  const images = tensor(
    data.map((_, i) => data[i % 4]!),
    shape,
  );
  return { arrays: { images, labels: tensor(new Int32Array(size).fill(label)) }, positions, size };
}

describe("learning to reweight", () => {
  test("a batch's weights come from how each example's gradient lies to the clean one's", async () => {
    const trainer = little({ method: "l2rw" });
    for (const seed of [1, 2, 3]) {
      const [batch, clean] = [batchOf(6, seed), batchOf(8, 10 + seed)];
      const { u, weights } = await explicit(trainer, batch, clean);
      // Some help and some harm, or the test says little.
      expect([Math.min(...u) < 0, Math.max(...u) > 0]).toEqual([true, true]);
      const lesson = await trainer.learn(clean, stepOn(batch, RATE));
      expect(relative(await numbers(lesson.omega), weights)).toBeLessThan(1e-12);
      expect(lesson.gradientNorm).toBeCloseTo(Math.hypot(...u), 6);
      const outcome = await trainer.step(stepOn(batch, RATE), 0);
      outcome.weights.forEach((w, k) => expect(w).toBeCloseTo(weights[k]!, 6));
    }
    await trainer.close();
  });

  test("whatever the weights were before", async () => {
    const [batch, clean] = [batchOf(6, 1), batchOf(8, 11)];
    const after = async (first: number | undefined): Promise<number[]> => {
      const trainer = little({ method: "l2rw" });
      if (first !== undefined) await trainer.learn(batchOf(8, 30), stepOn(batchOf(6, first), RATE));
      return numbers((await trainer.learn(clean, stepOn(batch, RATE))).omega);
    };
    expect(await after(21)).toEqual(await after(undefined));
  });

  test("where no example helps, all weigh nothing and the student only coasts", async () => {
    const trainer = little({ method: "l2rw", momentum: 0.8, weightDecay: 1e-2 });
    await trainer.learn(batchOf(8, 12), stepOn(batchOf(6, 2), RATE));
    await trainer.step(stepOn(batchOf(6, 2), RATE), 0);
    // The clean batch says that the same image is of another class.
    const [batch, clean] = [repeated(batchOf(6, 5), 0), repeated(batchOf(8, 5), 1)];
    const { u } = await explicit(trainer, batch, clean);
    expect(Math.max(...u)).toBeLessThan(0);
    const [theta, v] = [await numbers(trainer.arrays.theta), await numbers(trainer.arrays.optimizer["velocity"]!)];
    await trainer.learn(clean, stepOn(batch, RATE));
    const { weights, loss } = await trainer.step(stepOn(batch, RATE), 0);
    expect([...weights]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(Math.abs(loss)).toBe(0);
    const want = theta.map((x, i) => x - RATE * (0.8 * v[i]! + 1e-2 * x));
    expect(relative(await numbers(trainer.arrays.theta), want)).toBeLessThan(1e-14);
    await trainer.close();
  });

  test("a smaller last batch has weights of its own", async () => {
    const trainer = little({ method: "l2rw" });
    const [batch, clean] = [batchOf(4, 3), batchOf(8, 13)];
    const { weights } = await explicit(trainer, batch, clean);
    const lesson = await trainer.learn(clean, stepOn(batch, RATE));
    expect(relative(await numbers(lesson.omega), [...weights, 0, 0])).toBeLessThan(1e-12);
    const outcome = await trainer.step(stepOn(batch, RATE), 0);
    expect(outcome.weights).toHaveLength(4);
    expect(outcome.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    // And the next whole batch is whole again.
    const whole = batchOf(6, 4);
    const next = await explicit(trainer, whole, clean);
    const { omega } = await trainer.learn(clean, stepOn(whole, RATE));
    expect(relative(await numbers(omega), next.weights)).toBeLessThan(1e-12);
    await trainer.close();
  });
});
