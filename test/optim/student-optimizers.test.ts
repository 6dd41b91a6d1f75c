import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { makeGlyphs } from "../../src/data/sets/glyphs.ts";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { decoupledAdam } from "../../src/optim/adam.ts";
import { flatState, groupedState } from "../../src/optim/optimizer.ts";
import { inverseSqrt, scheduleOf } from "../../src/optim/schedules.ts";
import { decodeTensors } from "../../src/safetensors.ts";
import { configOf } from "../../src/settings/config-of.ts";
import type { Tensor } from "../../src/tensor.ts";
import { float, tensor } from "../../src/tensor.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import { trainSchema } from "../../src/train/config.ts";
import { train } from "../../src/train/run.ts";
import { batchOf, flat, little, numbers, perExample, stepOn } from "../methods/little.ts";
import { tiny } from "../train/tiny.ts";

// The first of the glyphs: drawing all of them takes longer than these runs.
vi.mock(import("../../src/data/sets/load.ts"), async (original) => ({
  ...(await original()),
  loadDataset: () => Promise.resolve(makeGlyphs({ train: 150, test: 40 })),
}));

/** Three steps of fairseq's Adam by a PyTorch program in float64: β (0.9, 0.98), ε 1e-8, decoupled decay 1e-4. */
const STEPS = [
  {
    gradient: [0.1, -0.2, 0],
    rate: 0.001,
    x: [0.9989999007071, -1.998999800354, 0.49999995],
    m: [0.01, -0.02, 0],
    v: [0.0002, 0.0008, 0],
  },
  {
    gradient: [0.05, 0.3, -0.001],
    rate: 0.002,
    x: [0.9971299481044, -1.999493892125, 0.5014809291961],
    m: [0.014, 0.012, -0.0001],
    v: [0.000246, 0.002584, 2e-8],
  },
  {
    gradient: [-0.4, 0.1, 2],
    rate: 0.003,
    x: [0.9983835789073, -2.000561529335, 0.4995833755643],
    m: [-0.0274, 0.0208, 0.19991],
    v: [0.00344108, 0.00273232, 0.0800000196],
  },
];

describe("Adam", () => {
  test("takes the steps of fairseq's", async () => {
    const optimizer = decoupledAdam({ beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 1e-4 });
    const like = optimizer.init([{ shape: [3] }]);
    const graph = trace(
      (x, g, rate, ...state) => {
        const all = groupedState(like, state);
        const after = optimizer.step({ params: [x], state: all, gradient: [g], rate: rate });
        return [...after.params, ...flatState(after.state)];
      },
      [float([3]), float([3]), float(), ...flatState(like)],
    );
    let [x, ...state] = [tensor([1, -2, 0.5]), ...flatState(like)] as [Tensor, ...Tensor[]];
    for (const { gradient, rate, ...want } of STEPS) {
      const after = await runOnce(reference, graph, [x, tensor(gradient), tensor([rate], []), ...state]);
      [x, ...state] = after as [Tensor, ...Tensor[]];
      const [, first, second] = state;
      for (const [got, wanted] of [
        [x, want.x],
        [first, want.m],
        [second, want.v],
      ] as const) {
        // The program told 13 digits.
        wanted.forEach((value, i) => expect(Math.abs(got!.data[i]! - value)).toBeLessThan(1e-12));
      }
    }
  });

  test("in a run's first step moves each parameter by η against its gradient, beside the decay", async () => {
    const [rate, weightDecay] = [0.01, 0.1];
    const trainer = little({ method: "uniform", optimizer: "adam", weightDecay });
    const batch = batchOf(6, 1);
    const before = await numbers(trainer.arrays.theta);
    const { gradients } = await perExample(before, batch);
    await trainer.step(stepOn(batch, rate), 0);
    const after = await numbers(trainer.arrays.theta);
    const eta = Math.fround(rate);
    before.forEach((x, i) => {
      const g = gradients.reduce((sum, each) => sum + each[i]!, 0) / 6;
      // At t = 1, m/c₁ = g and √c₂ / (√v + ε) is 1 / (|g| + ε/√0.02).
      const want = x * (1 - eta * weightDecay) - (eta * g) / (Math.abs(g) + 1e-8 / Math.sqrt(0.02));
      expect(after[i]).toBeCloseTo(want, 10);
    });
    expect(flat(await Promise.all(trainer.arrays.optimizer["count"]!.map((x) => x.read())))).toEqual([1]);
  });

  test("has defaults of its own, and its steps are not undone: told before any data is read", () => {
    const defaults = { lr: 1e-3, weightDecay: 1e-4, reversal: "snapshot" };
    expect(configOf({ optimizer: "adam", method: "uniform" })).toMatchObject(defaults);
    expect(configOf({ optimizer: "adam", method: "uniform", lr: 3e-3 }).lr).toBe(3e-3);
    expect(configOf({ method: "uniform" })).toMatchObject({ lr: 0.1, weightDecay: 5e-4, optimizer: "momentum" });
    const adam = { optimizer: "adam", data: "cifar10", dataDir: "/nowhere" } as const;
    for (const method of ["deep", "deep-joint"] as const) {
      expect(configOf({ ...adam, method }).reversal).toBe("snapshot");
      expect(() => configOf({ ...adam, method, reversal: "float" })).toThrow(
        `--reversal: expected snapshot, since --method ${method} goes back through steps of --optimizer adam`,
      );
    }
  });

  // 7 and 13 are no ends of epochs; l2t-data is in its second rehearsal after 13 steps. 8 lies inside a window of 2 or 3.
  test.each([
    { stop: 8, changes: { method: "deep" } },
    { stop: 8, changes: { method: "l2t-loss", window: 3 } },
    { stop: 7, changes: { method: "uniform", schedule: "inverse-sqrt", warmup: 5 } },
    { stop: 7, changes: { method: "l2rw" } },
    { stop: 13, changes: { method: "l2t-data", l2tEpisodes: 2, schedule: "inverse-sqrt", warmup: 5 } },
  ] as const)("resumed goes on to the same bits: $changes", async ({ stop, changes }) => {
    const settings = { optimizer: "adam", lr: 1e-2, ...changes } as const;
    const [whole, parts] = [tiny(settings), tiny(settings)];
    await train(whole);
    await train({ ...parts, maxSteps: stop });
    await train(parts, { resume: true });
    const arrays = (folder: string) => decodeTensors(readFileSync(checkpointPath(folder, "last")), "").tensors;
    expect(arrays(parts.out!)).toEqual(arrays(whole.out!));
    expect([...arrays(whole.out!).keys()]).toEqual(
      expect.arrayContaining(["count.0", "first.body.unit1.conv.weight", "second.classifier.weight"]),
    );
    expect(arrays(whole.out!).get("count.0")!.data[0]).toBe(20);
    expect(existsSync(checkpointPath(whole.out!, "best"))).toBe(true);
  });
});

describe("the schedule", () => {
  test("inverse-sqrt has the rates of fairseq's at nine updates", () => {
    const rates = [
      [0, 0],
      [1, 1.25e-7],
      [2, 2.5e-7],
      [100, 1.25e-5],
      [3999, 0.000499875],
      [4000, 0.0005],
      [4001, 0.0004999375117163],
      [10000, 0.0003162277660168],
      [50000, 0.0001414213562373],
    ] as const;
    const schedule = scheduleOf(trainSchema.parse({ schedule: "inverse-sqrt", lr: 5e-4 }));
    for (const [update, rate] of rates) {
      expect(5e-4 * inverseSqrt(update, 4000)).toBeCloseTo(rate, 15);
      // A run's first step is update 1, not 0.
      if (update > 0) expect(schedule({ step: update - 1, epoch: 0 })).toBeCloseTo(rate, 15);
    }
  });

  test("constant stays, and --warmup rises to any schedule's rate", () => {
    const rates = (changes: object, places: readonly [step: number, epoch: number][]) => {
      const schedule = scheduleOf(trainSchema.parse({ lr: 0.4, epochs: 6, ...changes }));
      return places.map(([step, epoch]) => schedule({ step, epoch }));
    };
    expect(rates({ schedule: "constant" }, [[0, 0], [99, 5]])).toEqual([0.4, 0.4]); // prettier-ignore
    expect(rates({ schedule: "constant", warmup: 4 }, [[0, 0], [1, 0], [3, 0], [99, 5]])).toEqual([0.1, 0.2, 0.4, 0.4]); // prettier-ignore
    expect(rates({ warmup: 4 }, [[0, 0], [99, 4]])).toEqual([0.1, 0.04]); // prettier-ignore
    expect(() => trainSchema.parse({ warmup: 0 })).toThrow();
  });
});
