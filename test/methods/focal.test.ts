import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { focal } from "../../src/methods/focal.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { crossEntropy } from "../../src/ops/compose.ts";
import { mul, stopGradient } from "../../src/ops/elementwise.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { tensor } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { tiny } from "../train/tiny.ts";
import { batchOf, little, numbers, perExample, relative, specOf, stepOn, viewOf } from "./little.ts";

/**
 * z of three classes and the given label: p small and large, near 0, near 1, and so near 1 that 1 − p is 0 in
 * float64.
 */
const cases: readonly (readonly [logits: readonly number[], label: number])[] = [
  [[0.3, -1.2, 0.8], 0],
  [[0.3, -1.2, 0.8], 2],
  [[-2, 1, 1], 0],
  [[-30, 0, 2], 0],
  [[-900, 0, 2], 0],
  [[12, -1, 0], 0],
  [[30, -1, 0], 0],
  [[900, -1, 0], 0],
];

/** p of the given class, 1 − p without cancellation, and all p. */
function probabilities(logits: readonly number[], label: number): { p: number; rest: number; all: number[] } {
  const highest = Math.max(...logits);
  const e = logits.map((z) => Math.exp(z - highest));
  const total = e.reduce((a, b) => a + b);
  const others = e.reduce((sum, value, c) => (c === label ? sum : sum + value), 0);
  return { p: e[label]! / total, rest: others / total, all: e.map((value) => value / total) };
}

/**
 * algorithms 8.1: ∂ℓ/∂z_c = [γ p (1 − p)^(γ−1) ln p − (1 − p)^γ] (1[c = y] − p_c), the first term without
 * `detach`. Where 1 − p is below 1e-12 it counts as that, and no longer moves.
 */
function closedForm(logits: readonly number[], label: number, gamma: number, detach: boolean): number[] {
  const { p, rest, all } = probabilities(logits, label);
  const moves = !detach && rest > 1e-12 && p > 0;
  const through = moves ? gamma * p * rest ** (gamma - 1) * Math.log(p) : 0;
  const factor = through - Math.max(rest, 1e-12) ** gamma;
  // 1 − p_y is the others' sum.
  return all.map((pc, c) => factor * (c === label ? rest : -pc));
}

async function gradientOf(engine: typeof reference, gamma: number, detach: boolean): Promise<number[][]> {
  const N = cases.length;
  const design = focal.design(specOf(3, 1, N), tiny({ focalGamma: gamma, focalDetach: detach }));
  const inputs = [
    tensor(
      cases.flatMap(([logits]) => [...logits]),
      [N, 3],
    ),
    tensor(Int32Array.from(cases, ([, label]) => label)),
  ];
  const graph = trace((logits, labels) => {
    const shown = design.differentiable ? logits : stopGradient(logits);
    const view = viewOf(N, { logits: shown, labels: labels });
    return gradient(sumAll(mul(design.weigh({}, view), crossEntropy(logits, labels))), [logits]);
  }, inputs);
  const [g] = await runOnce(engine, simplify(graph), inputs);
  return cases.map((_, k) => Array.from(g!.data.slice(3 * k, 3 * k + 3), (x) => x * N));
}

describe("focal", () => {
  test.each([0.5, 1, 2].flatMap((gamma) => [false, true].map((detach) => ({ gamma, detach }))))(
    "its gradient in the logits is the closed form: γ = $gamma, detach $detach",
    async ({ gamma, detach }) => {
      const got = await gradientOf(reference, gamma, detach);
      cases.forEach(([logits, label], k) => {
        const want = closedForm(logits, label, gamma, detach);
        want.forEach((value, c) => {
          expect(Number.isFinite(got[k]![c])).toBe(true);
          // 1 − p is a sum of numbers that float64 holds to 1e-16, but −1[c = y] + p_c beside it cancels to that.
          expect(Math.abs(got[k]![c]! - value)).toBeLessThan(1e-12 * Math.max(1, Math.abs(value)));
        });
      });
    },
  );

  test.each([0.5, 1, 2])("is finite in float32 wherever p is, γ = %d", async (gamma) => {
    const got = await gradientOf(await onnxEngine({ threads: 1 }), gamma, false);
    cases.forEach(([logits, label], k) => {
      const want = closedForm(logits, label, gamma, false);
      // ∂(1 − p)/∂z, which float32 holds to 6e-8, is multiplied by γ ln p, of the order of z.
      const scale = Math.max(...logits.map(Math.abs));
      want.forEach((value, c) => expect(Math.abs(got[k]![c]! - value)).toBeLessThan(5e-7 * scale));
    });
  });

  test("a student's step is along the mean of the focal losses' gradients", async () => {
    for (const detach of [false, true]) {
      const trainer = little({ method: "focal", focalGamma: 2, focalDetach: detach, weightDecay: 0 });
      const batch = batchOf(6, 3);
      const before = await numbers(trainer.arrays.theta);
      const { losses, gradients } = await perExample(before, batch);
      const { weights } = await trainer.step(stepOn(batch, 0.1), 0);
      const after = await numbers(trainer.arrays.theta);
      // d/dθ of (1 − p)² ℓ with p = e^−ℓ.
      const slopes = losses.map((loss) => {
        const p = Math.exp(-loss);
        return (1 - p) ** 2 + (detach ? 0 : 2 * (1 - p) * p * loss);
      });
      losses.forEach((loss, k) => expect(weights[k]! * 6).toBeCloseTo((1 - Math.exp(-loss)) ** 2, 6));
      const want = before.map((_, i) => slopes.reduce((sum, slope, k) => sum + slope * gradients[k]![i]!, 0) / 6);
      // The rate reaches the engine as a float32.
      const got = before.map((x, i) => (x - after[i]!) / Math.fround(0.1));
      expect(relative(got, want)).toBeLessThan(1e-13);
      await trainer.close();
    }
  });
});
