/** ∂M/∂ω through steps of Adam, by the transposed step from kept parameters and states. */

import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { transposedStep } from "../../src/hyper/transposed.ts";
import { decoupledAdam } from "../../src/optim/adam.ts";
import { momentumSgd } from "../../src/optim/momentum.ts";
import { float, tensor } from "../../src/tensor.ts";
import { differences, relative } from "../methods/little.ts";
import { prepare, STEPS, swept } from "../methods/window.ts";

describe("the hypergradient through Adam, by finite differences of the whole run", () => {
  test.each([
    { B: 1, interaction: "cut" },
    { B: 1, interaction: "deep" },
    { B: 2, interaction: "cut-exact" },
    { B: 2, interaction: "deep" },
    { B: 3, interaction: "cut-exact" },
    { B: 3, interaction: "deep", rate: 0.3 },
    { B: STEPS, interaction: "cut-exact" },
    { B: 3, method: "deep-joint", interaction: "cut-exact" },
    { B: 2, method: "l2t-loss" },
  ] as const)("%j", async ({ B, ...given }) => {
    const { rate = 0, ...changes } = given;
    const settings = { method: "deep", optimizer: "adam", adamEpsilon: 1e-3, weightDecay: 0.1, ...changes } as const;
    const { trainer, start, finish } = await prepare(settings, B, rate);
    const { window, metric } = await finish(start);
    const { dOmega, metric: told } = await swept(trainer, window);
    expect(told).toBeCloseTo(metric, 12);
    // Adam divides by the size of a gradient: where that is small, M bends too much for wider differences.
    const want = await differences(async (omega) => (await finish(omega)).metric, start, 1e-6);
    expect(Math.hypot(...want)).toBeGreaterThan(1e-4);
    expect(relative(dOmega, want)).toBeLessThan(1e-7);
  });
});

describe("a transposed step", () => {
  const P = 3;
  const at = async (
    optimizer: Parameters<typeof transposedStep>[0],
    groups: readonly string[],
    numbers: number[][],
  ) => {
    const specs = numbers.map(() => float([P]));
    const graph = trace(
      (theta, gradient, dTheta, ...rest) => {
        const state = (from: number) => Object.fromEntries(groups.map((name, i) => [name, [rest[from + i]!]]));
        const clocks = Object.fromEntries((optimizer.clocks ?? []).map((name) => [name, [rest.at(-1)!]]));
        const before = transposedStep(
          optimizer,
          { params: [theta], state: { ...clocks, ...state(0) }, gradient: [gradient], rate: 0.5 },
          { dTheta: [dTheta], dState: state(groups.length) },
        );
        return [...before.dTheta, ...before.dGradient, ...Object.values(before.dState).flat()];
      },
      [...specs, float()],
    );
    const outputs = await runOnce(reference, graph, [...numbers.map((x) => tensor(x)), tensor([3], [])]);
    return outputs.map(({ data }) => [...data]);
  };

  test("of momentum SGD is what Algorithm 1 writes out", async () => {
    const [dTheta, dVelocity] = [
      [1, 2, -3],
      [0.5, -1, 4],
    ];
    const numbers = [[0, 0, 0], [1, 1, 1], dTheta, [7, 8, 9], dVelocity] as number[][];
    const dv = dVelocity.map((x, i) => x - 0.5 * dTheta[i]!);
    expect(await at(momentumSgd(0.75), ["velocity"], numbers)).toEqual([dTheta, dv, dv.map((x) => 0.75 * x)]);
  });

  test("of Adam is finite where a parameter has never had a gradient", async () => {
    const optimizer = decoupledAdam({ beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.1 });
    const zero = [0, 0, 0];
    const numbers = [[1, 2, 3], [0, 0, 0.1], [1, 1, 1], zero, zero, [0, 1, 0], zero];
    const all = await at(optimizer, ["first", "second"], numbers);
    expect(all.flat().every(Number.isFinite)).toBe(true);
    // Decay alone, which is no part of the gradient.
    expect(all[0]).toEqual([0.95, 0.95, 0.95]);
  });
});
