import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { l2tLoss } from "../../src/methods/l2t/l2t-loss.ts";
import { crossEntropy } from "../../src/ops/compose.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { decodeTensors } from "../../src/safetensors.ts";
import { tensor } from "../../src/tensor.ts";
import { leaf, leaves, unflatten } from "../../src/tree.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import type { TrainInput } from "../../src/train/config.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { train } from "../../src/train/run.ts";
import { imageAim } from "../../src/tasks/images/task.ts";
import { prepareProblem } from "../../src/train/setup.ts";
import { tiny } from "../train/tiny.ts";
import {
  batchOf,
  differences,
  flat,
  little,
  normals,
  numbers,
  perExample,
  relative,
  unflat,
  specOf,
  stepOn,
  viewOf,
} from "./little.ts";
import { prepare, STEPS, swept } from "./window.ts";

const [N, C, SLOTS] = [5, 4, 3];
const labels = [0, 3, 1, 2, 2];
const logits = Array.from(normals([{ shape: [N, C] }], 1.5, "logits")[0]!.data);
const context = [0.25, 0.6, 0.4];

const designOf = (changes: TrainInput = {}) =>
  l2tLoss.design(specOf(C, 1, N), tiny({ l2tLossSlots: SLOTS, ...changes }));
const like = designOf().init(3);

const probabilities = logits
  .map((_, i) => logits.slice(Math.floor(i / C) * C, Math.floor(i / C) * C + C))
  .filter((_, i) => i % C === 0)
  .map((z) => z.map((x) => Math.exp(x) / z.reduce((sum, y) => sum + Math.exp(y), 0)));

/** The losses of the batch above under the design, with ω as a list. */
async function lossesAt(omega: readonly number[], changes: TrainInput = {}): Promise<number[]> {
  const design = designOf(changes);
  const inputs = [...unflat(omega, leaves(like)), tensor(logits, [N, C]), tensor(context)];
  const y = tensor(Int32Array.from(labels));
  const graph = trace(
    (...x) => {
      const [given, z, s] = x.slice(-3);
      const view = viewOf(N, { logits: z!, labels: given!, losses: crossEntropy(z!, given!), moment: s! });
      return [design.losses!(unflatten(like, x.slice(0, -3)), view)];
    },
    [...inputs.slice(0, -2), y, ...inputs.slice(-2)],
  );
  const [losses] = await runOnce(reference, simplify(graph), [...inputs.slice(0, -2), y, ...inputs.slice(-2)]);
  return Array.from(losses!.data);
}

/** The same by the definition, one number after another. */
function naive(omega: readonly number[]): number[] {
  const [W, b, V] = [
    omega.slice(0, SLOTS * C * C),
    omega.slice(SLOTS * C * C, SLOTS * C * (C + 1)),
    omega.slice(SLOTS * C * (C + 1)),
  ];
  const s = [1, ...context];
  const scores = Array.from({ length: SLOTS }, (_, i) => s.reduce((sum, x, j) => sum + x * V[j * SLOTS + i]!, 0));
  const total = scores.reduce((sum, z) => sum + Math.exp(z), 0);
  const alpha = scores.map((z) => Math.exp(z) / total);
  return labels.map((y, k) => {
    const z = alpha.reduce((sum, a, i) => {
      const row = probabilities[k]!.reduce((inner, p, c) => inner + Math.log(p) * W[(i * C + c) * C + y]!, 0);
      return sum + a * (row + b[i * C + y]!);
    }, 0);
    return -1 / (1 + Math.exp(-z));
  });
}

describe("the learned loss", () => {
  test("is −p/(1 + p) at its start, whatever the attention", async () => {
    for (const seed of [1, 2]) {
      const want = labels.map((y, k) => -probabilities[k]![y]! / (1 + probabilities[k]![y]!));
      expect(relative(await lossesAt(flat(leaves(designOf().init(seed)))), want)).toBeLessThan(1e-14);
    }
  });

  test("is −σ((ln p)ᵀW + b) of slots mixed by attention, with a share of cross-entropy", async () => {
    const omega = flat(normals(leaves(like), 0.7, "omega"));
    expect(relative(await lossesAt(omega), naive(omega))).toBeLessThan(1e-13);
    const mixed = naive(omega).map((loss, k) => 0.7 * loss - 0.3 * Math.log(probabilities[k]![labels[k]!]!));
    expect(relative(await lossesAt(omega, { l2tLossMix: 0.3 }), mixed)).toBeLessThan(1e-13);
  });

  test("the student steps along its gradient, and is told cross-entropy", async () => {
    const trainer = little({ method: "l2t-loss", weightDecay: 0 });
    const theta = await numbers(trainer.arrays.theta);
    const batch = batchOf(6, 1);
    const { losses, gradients } = await perExample(theta, batch);
    // d/dℓ of −p/(1 + p) with p = e^−ℓ is p/(1 + p)².
    const slopes = losses.map((loss) => Math.exp(-loss) / (1 + Math.exp(-loss)) ** 2);
    const g = theta.map((_, i) => gradients.reduce((sum, each, k) => sum + (slopes[k]! * each[i]!) / 6, 0));
    const outcome = await trainer.step(stepOn(batch, 0.5), 0);
    expect(relative(await numbers(trainer.arrays.optimizer["velocity"]!), g)).toBeLessThan(1e-12);
    expect(relative(Array.from(outcome.losses), losses)).toBeLessThan(1e-6);
    expect(outcome.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 6, 12);
    expect(Array.from(outcome.weights)).toEqual(Array.from({ length: 6 }, () => Math.fround(1 / 6)));
  });
});

describe("its hypergradient through the run, by finite differences of it", () => {
  test.each([
    { B: 1, reversal: "snapshot", changes: {} },
    { B: 2, reversal: "snapshot", changes: { l2tLossMix: 0.3 } },
    { B: STEPS, reversal: "snapshot", changes: {} },
    { B: STEPS, reversal: "snapshot", changes: { momentum: 0.01, l2tLossSlots: 1 } },
    // The weights do not depend on ω or θ, so that no interaction makes a difference; nor does how past parameters come back.
    { B: STEPS, reversal: "float", changes: { interaction: "cut-exact" } },
    { B: 2, reversal: "float", changes: { interaction: "deep" } },
  ] as const)("of the last $B of 4 steps, $reversal, $changes", async ({ B, reversal, changes }) => {
    const { trainer, start, finish } = await prepare({ method: "l2t-loss", l2tLossSlots: 2, ...changes }, B);
    const { window, metric } = await finish(start);
    const { dOmega, metric: told } = await swept(trainer, window, reversal);
    expect(told).toBeCloseTo(metric, 12);
    const want = await differences(async (omega) => (await finish(omega)).metric, start);
    expect(Math.hypot(...want)).toBeGreaterThan(1e-4);
    // Central differences with h = 1e-5 in float64 resolve about 1e-10 of a metric of order 1.
    expect(relative(dOmega, want)).toBeLessThan(1e-6);
  });
});

test("slots come apart as they learn, and a run has no AUROC of weights that are all the same", async () => {
  const events: TrainEvent[] = [];
  const config = tiny({ method: "l2t-loss", l2tLossSlots: 2, teacherEvery: 2, epochs: 2 });
  const results = await train(config, { onEvent: (event) => events.push(event) });
  expect(events.filter(({ type }) => type === "teacher")).toHaveLength(5);
  expect(results.weights).toEqual({ auroc: null, averagePrecision: null, aurocLast: null });
  const { tensors } = decodeTensors(readFileSync(checkpointPath(config.out!, "last")), "checkpoint");
  const [W, V] = ["omega.W", "omega.V"].map((name) => Array.from(tensors.get(name)!.data));
  const begun = prepareProblem(config, imageAim([3, 32, 32], Array.from({ length: 10 }, String))).initial.omega;
  expect(relative(W!.slice(100), W!.slice(0, 100))).toBeGreaterThan(1e-3);
  expect(relative(V!, Array.from(leaf(begun, "V").data))).toBeGreaterThan(1e-3);
});
