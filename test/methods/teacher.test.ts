import { describe, expect, test } from "vitest";
import { differences, relative } from "./little.ts";
import { prepare, STEPS, swept } from "./window.ts";

describe("the hypergradient of deep and deep-joint through the whole run, by finite differences of it", () => {
  test.each([
    // With ∂w/∂θ kept or dropped in the student's gradient, and exact in the teacher's: all steps.
    { features: "I0+M0+bilinear+loss", teacher: "mlp-1", interaction: "cut-exact", B: STEPS },
    { features: "I0+M0+bilinear+loss", teacher: "mlp-1", interaction: "deep", B: STEPS },
    { features: "I1+loss", teacher: "mlp-2", interaction: "deep", B: STEPS },
    // One step back there is nothing that `cut` could drop, nor M1, which passes no gradient on.
    { features: "I0+M0+M1+bilinear+loss", teacher: "mlp-1", interaction: "cut", B: 1 },
    { features: "I1+M1", teacher: "mlp-2", interaction: "cut", B: 1 },
    { method: "deep-joint", interaction: "cut-exact", B: STEPS },
    { method: "deep-joint", features: "joint+loss", interaction: "deep", B: STEPS },
  ] as const)("%j", async ({ B, ...changes }) => {
    const { trainer, start, finish } = await prepare({ method: "deep", ...changes }, B);
    const { window, metric } = await finish(start);
    const { dOmega, metric: told } = await swept(trainer, window);
    expect(told).toBeCloseTo(metric, 12);
    const want = await differences(async (omega) => (await finish(omega)).metric, start);
    // Central differences with h = 1e-5 in float64 resolve about 1e-9; the gradients here are of order 0.1.
    expect(relative(dOmega, want)).toBeLessThan(1e-7);
  });
});
