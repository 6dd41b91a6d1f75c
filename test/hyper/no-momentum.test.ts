/**
 * @file The hypergradient without momentum, where a reversal would divide by zero. One parameter θ, one example with
 * the loss (θ − a)²/2 and the weight ω: with d = θ − a each step is d ← (1 − ηω) d, and M = −d²/2 has derivatives in
 * closed form.
 */

import { expect, test } from "vitest";
import type { DeviceTensor } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import type { InnerProblem, OuterProblem } from "../../src/hyper/problem.ts";
import type { Reversal } from "../../src/hyper/sweep.ts";
import { Sweep } from "../../src/hyper/sweep.ts";
import { mul, sub } from "../../src/ops/elementwise.ts";
import { reshape } from "../../src/ops/movement.ts";
import { float, tensor } from "../../src/tensor.ts";

const [ETA, OMEGA, START] = [0.2, 0.7, 1.5];
const SHRINK = 1 - ETA * OMEGA;

const inner: InnerProblem = {
  theta: [float([1])],
  omega: [float([1])],
  perExample: ([theta], [omega], { a }) => {
    const d = sub(theta!, a!);
    return { losses: mul(mul(d, d), 0.5), weights: omega! };
  },
  momentum: 0,
  weightDecay: 0,
  interaction: "cut",
};
const outer: OuterProblem = {
  metric: ([theta], { a }) => {
    const d = sub(theta!, a!);
    return reshape(mul(mul(d, d), -0.5), []);
  },
};
const up = (x: number): DeviceTensor => reference.upload(tensor(Float64Array.of(x), [1]));

/** dM/dω over the last `B` of two steps. */
async function slope(reversal: Reversal, B: number): Promise<number> {
  const a = 0.25;
  const d = [START, START * SHRINK, START * SHRINK ** 2];
  const sweep = new Sweep(reference, inner, outer, reversal);
  const batch = { a: up(a) };
  const window = [0, 1]
    .slice(2 - B)
    .map((t) => ({ batch, rate: reference.upload(tensor(ETA)), thetaBefore: [up(d[t]! + a)] }));
  // The velocity of a step without momentum is its gradient.
  const end = { theta: [up(d[2]! + a)], velocity: [up(OMEGA * d[1]!)] };
  const { dOmega } = await sweep.run({ ...end, omega: [up(OMEGA)], window, validation: batch });
  await sweep.close();
  return Number((await dOmega[0]!.read()).data[0]);
}

test("through two steps from memory", async () => {
  expect(await slope("snapshot", 2)).toBeCloseTo(2 * ETA * START ** 2 * SHRINK ** 3, 12);
});

test.each(["snapshot", "float"] as const)(
  "through the last step, %s: the first of a window divides by nothing",
  async (reversal) => {
    expect(await slope(reversal, 1)).toBeCloseTo(ETA * (START * SHRINK) ** 2 * SHRINK, 12);
  },
);

test("two steps reversed by floating point are not finite", async () => {
  expect(await slope("float", 2)).not.toBeCloseTo(2 * ETA * START ** 2 * SHRINK ** 3, 3);
});
