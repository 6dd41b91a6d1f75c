import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { Lookahead } from "../../src/methods/learning/lookahead.ts";
import { mwnet } from "../../src/methods/mwnet.ts";
import { descent, nesterov } from "../../src/optim/teacher-optimizers.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { float, tensor } from "../../src/tensor.ts";
import { leaves, unflatten } from "../../src/tree.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { tiny } from "../train/tiny.ts";
import {
  batchOf,
  differences,
  dot,
  flat,
  little,
  metricAt,
  metricGradient,
  normals,
  numbers,
  perExample,
  relative,
  specOf,
  stepOn,
  unflat,
  viewOf,
} from "./little.ts";

type Variant = "stable" | "original";
const variants = ["stable", "original"] as const;
const HIDDEN = 100;
/** W₁, b₁, W₂, b₂ */
const shapes = [[1, HIDDEN], [HIDDEN], [HIDDEN, 1], [1]].map((shape) => ({ shape }));
const omega = flat(normals(shapes, 0.3, "omega"));
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** V(ℓ) and ∂V/∂ω, one number after another. */
function network(at: readonly number[], loss: number): { V: number; slope: number[] } {
  const [W1, b1, W2, b2] = [
    at.slice(0, HIDDEN),
    at.slice(HIDDEN, 2 * HIDDEN),
    at.slice(2 * HIDDEN, 3 * HIDDEN),
    at[3 * HIDDEN]!,
  ];
  const hidden = W1.map((w, j) => Math.max(0, w * loss + b1[j]!));
  const V = sigmoid(hidden.reduce((z, h, j) => z + h * W2[j]!, b2));
  const dz = V * (1 - V);
  const dh = hidden.map((h, j) => (h > 0 ? dz * W2[j]! : 0));
  return { V, slope: [...dh.map((x) => x * loss), ...dh, ...hidden.map((h) => dz * h), dz] };
}

function weightsOf(at: readonly number[], losses: readonly number[], variant: Variant): number[] {
  const V = losses.map((loss) => network(at, loss).V);
  const over = variant === "stable" ? losses.length : V.reduce((a, b) => a + b);
  return V.map((v) => v / over);
}

/** A trainer whose ω is the one above, a batch to come and a clean one. */
function set(changes: TrainInput) {
  const trainer = little({ method: "mwnet", ...changes });
  trainer.arrays = { ...trainer.arrays, omega: unflat(omega, shapes).map((x) => reference.upload(x)) };
  const rate = Math.fround(0.7); // as the engine gets it
  const upcoming = stepOn(batchOf(6, 1), rate);
  return { trainer, rate, upcoming, clean: batchOf(8, 2) };
}

/** algorithms 3.2: ∂M/∂ω = −η Σₖ (∇M(θ̂) · ∇ℓₖ(θ)) ∂wₖ/∂ω, from gradients of one example at a time. */
async function closedForm(variant: Variant, { trainer, rate, upcoming, clean }: ReturnType<typeof set>) {
  const theta = await numbers(trainer.arrays.theta);
  const { losses, gradients } = await perExample(theta, upcoming.batch);
  const w = weightsOf(omega, losses, variant);
  const ahead = theta.map((x, i) => x - rate * gradients.reduce((sum, g, k) => sum + w[k]! * g[i]!, 0));
  const dM = await metricGradient(ahead, clean);
  const s = gradients.map((g) => -rate * dot(g, dM));
  const { V, slopes } = losses.reduce<{ V: number[]; slopes: number[][] }>(
    ({ V, slopes }, loss) => {
      const at = network(omega, loss);
      return { V: [...V, at.V], slopes: [...slopes, at.slope] };
    },
    { V: [], slopes: [] },
  );
  const total = V.reduce((a, b) => a + b);
  const average = variant === "stable" ? 0 : dot(w, s);
  const over = variant === "stable" ? losses.length : total;
  return omega.map((_, i) => slopes.reduce((sum, slope, k) => sum + ((s[k]! - average) * slope[i]!) / over, 0));
}

describe("Meta-Weight-Net", () => {
  test.each(variants)("its weights are a naive network's: %s", async (variant) => {
    const losses = [0, 0.1, 0.7, 2.3, 9];
    const design = mwnet.design(specOf(3, 1, 5), tiny({ mwnetVariant: variant }));
    const tree = design.init(7);
    for (const at of [omega, flat(leaves(tree))]) {
      const inputs = [...unflat(at, leaves(tree)), tensor(losses)];
      const graph = trace(
        (...x) => [design.weigh(unflatten(tree, x.slice(0, -1)), viewOf(5, { losses: x.at(-1)! }))],
        inputs,
      );
      const [w] = await runOnce(reference, simplify(graph), inputs);
      expect(relative(Array.from(w!.data), weightsOf(at, losses, variant))).toBeLessThan(1e-13);
    }
    // PyTorch's Linear: uniform in ±1/√(fan in).
    const [W1, , W2] = leaves(tree);
    for (const [array, bound] of [
      [W1!, 1],
      [W2!, 1 / Math.sqrt(HIDDEN)],
    ] as const) {
      const largest = Math.max(...Array.from(array.data, Math.abs));
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.9 * bound);
    }
  });

  test("weights over their sum are there however small V is", async () => {
    const design = mwnet.design(specOf(3, 1, 2), tiny({ mwnetVariant: "original" }));
    const tree = { W1: tensor([...new Float64Array(HIDDEN)], [1, HIDDEN]), b1: tensor(new Float64Array(HIDDEN)) };
    const all = { ...tree, W2: tensor(new Float64Array(HIDDEN), [HIDDEN, 1]), b2: tensor([-2000]) };
    const inputs = [...leaves(all), tensor([1, 2])];
    const graph = trace(
      (...x) => [design.weigh(unflatten(all, x.slice(0, -1)), viewOf(2, { losses: x.at(-1)! }))],
      inputs,
    );
    const [w] = await runOnce(reference, graph, inputs);
    expect(Array.from(w!.data)).toEqual([0.5, 0.5]);
  });

  test.each(variants)(
    "∂M/∂ω is that of the metric after a real trial step, by differences and in closed form: %s",
    async (variant) => {
      const at = set({ mwnetVariant: variant });
      const { trainer, rate, upcoming, clean } = at;
      const theta = await numbers(trainer.arrays.theta);
      const { losses, gradients } = await perExample(theta, upcoming.batch);
      const afterTrial = (w: readonly number[]): Promise<number> => {
        const ahead = theta.map((x, i) => x - rate * gradients.reduce((sum, g, k) => sum + w[k]! * g[i]!, 0));
        return metricAt(ahead, clean);
      };
      const want = await differences((x) => afterTrial(weightsOf(x, losses, variant)), omega);

      const { problem } = trainer;
      const { inner, outer } = problem;
      const lookahead = new Lookahead({ engine: reference, inner, outer });
      const result = await lookahead.run(
        {
          ...trainer.arrays,
          velocity: trainer.arrays.optimizer["velocity"]!,
          window: [],
          upcoming: trainer.record(upcoming, 0),
          validation: trainer.inputs(clean),
        },
        true,
      );
      const got = await numbers(result.dOmega);
      // Central differences with h = 1e-5 resolve 1e-11 of a metric of order 1; the gradient's norm is of order 0.01.
      expect(relative(got, want)).toBeLessThan(1e-7);
      expect(relative(got, await closedForm(variant, at))).toBeLessThan(1e-12);
      expect(result.metric).toBeCloseTo(await afterTrial(weightsOf(omega, losses, variant)), 12);
      await lookahead.close();
    },
  );

  test("one update moves ω as the published optimisers would, and the student not at all", async () => {
    for (const variant of variants) {
      const at = set({ mwnetVariant: variant, teacherLr: 0.02, teacherWeightDecay: 1e-3 });
      const { trainer, upcoming, clean } = at;
      const g = (await closedForm(variant, at)).map((x, i) => -x + 1e-3 * omega[i]!);
      const before = await numbers([...trainer.arrays.theta, ...trainer.arrays.optimizer["velocity"]!]);
      await trainer.learn(clean, upcoming);
      const want = omega.map((x, i) =>
        variant === "original"
          ? x - 0.02 * 1.9 * g[i]!
          : // Adam's first step: both moments, corrected, are those of g alone.
            x - (0.02 * g[i]!) / (Math.abs(g[i]!) + 1e-8),
      );
      const got = await numbers(trainer.arrays.omega);
      expect(Math.max(...got.map((x, i) => Math.abs(x - want[i]!)))).toBeLessThan(1e-10);
      expect(await numbers([...trainer.arrays.theta, ...trainer.arrays.optimizer["velocity"]!])).toEqual(before);
      await trainer.close();
    }
  });

  test("no gradient goes through the weights, whatever the interaction", async () => {
    const after = async (interaction: "cut" | "deep"): Promise<number[]> => {
      const { trainer, upcoming, clean } = set({ interaction });
      await trainer.learn(clean, upcoming);
      await trainer.step(upcoming, 0);
      return numbers([...trainer.arrays.omega, ...trainer.arrays.theta]);
    };
    expect(await after("deep")).toEqual(await after("cut"));
  });
});

/**
 * torch.optim.SGD(momentum=0.9, nesterov=True, weight_decay) of PyTorch's documentation, step by step; the
 * gradient of −M.
 */
function pytorch(start: readonly number[], ascents: readonly number[][], lr: number, weightDecay: number): number[][] {
  let p = [...start];
  let buffer: number[] | undefined;
  return ascents.map((ascent) => {
    const d = p.map((x, i) => -ascent[i]! + weightDecay * x);
    buffer = buffer ? buffer.map((b, i) => 0.9 * b + d[i]!) : [...d];
    p = p.map((x, i) => x - lr * (d[i]! + 0.9 * buffer![i]!));
    return p;
  });
}

test.each([0, 5e-4, 0.3])("Nesterov steps are PyTorch's, over five of them: weight decay %d", async (weightDecay) => {
  const specs = [float([2, 3]), float([2])];
  const start = normals(specs, 1, "start");
  const ascents = Array.from({ length: 5 }, (_, t) => normals(specs, 1, `ascent ${t}`));
  let [now, memory] = [start, nesterov.init(specs)["buffer"]!];
  const want = pytorch(flat(start), ascents.map(flat), 0.05, weightDecay);
  for (const [t, ascent] of ascents.entries()) {
    const inputs = [...now, ...memory, ...ascent];
    const graph = trace((...x) => {
      const params = x.slice(0, 2);
      const gradient = descent(params, x.slice(4), weightDecay);
      const after = nesterov.step({ params, state: { buffer: x.slice(2, 4) }, gradient, rate: 0.05 });
      return [...after.params, ...after.state["buffer"]!];
    }, inputs);
    const outputs = await runOnce(reference, graph, inputs);
    [now, memory] = [outputs.slice(0, 2), outputs.slice(2)];
    expect(relative(flat(now), want[t]!)).toBeLessThan(1e-15);
  }
});
