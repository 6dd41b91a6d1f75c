import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/engines/engine.ts";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { selectEngine } from "../../src/engines/select.ts";
import { trace } from "../../src/graph/graph.ts";
import { mentornet } from "../../src/methods/mentornet.ts";
import { Random } from "../../src/random.ts";
import { decodeTensors } from "../../src/safetensors.ts";
import { tensor } from "../../src/tensor.ts";
import { leaf } from "../../src/tree.ts";
import { checkpointPath } from "../../src/train/checkpoint.ts";
import type { TrainConfig, TrainInput } from "../../src/train/config.ts";
import { train } from "../../src/train/run.ts";
import { prepareBatches, prepareData, prepareTrainer } from "../../src/train/setup.ts";
import { exportArrays } from "../../src/train/state.ts";
import { hasTorch } from "../engines/torch-here.ts";
import { tiny } from "../train/tiny.ts";

/** Jiang et al.'s published programs, example by example: mentornet() of utils.py, vstar_mentornet_pd() of models.py. */
class Original {
  m = 0;

  weights(losses: readonly number[], step: number, steps: number, share: number, dropout: boolean): number[] {
    const N = losses.length;
    const sorted = [...losses].sort((a, b) => a - b);
    this.m = 0.5 * this.m + 0.5 * sorted[Math.round(share * (N - 1))]!;
    const hundredth = Math.floor((100 * step) / steps);
    const kept = Math.floor(N * (1 - (hundredth < 17 ? 0.5 : 0.05)));
    return losses.map((loss, k) => {
      const difference = loss - this.m;
      let v = difference <= 0 ? 1 : 0;
      if (hundredth >= 90) v = Math.max(Math.min(1 - difference, 1), 0);
      if (hundredth <= 18) v = 1;
      return (dropout && k >= kept ? 0 : v) / N;
    });
  }
}

/** ω.m, losses, context → weights, ω.m', on an engine. */
async function weigh(engine: Engine, m: number, losses: Float32Array, progress: number, changes: TrainInput) {
  const N = losses.length;
  const design = mentornet.design({ classes: 2, states: { I0: [1] }, batch: N }, tiny(changes));
  const inputs = [tensor(Float32Array.of(m)), tensor(losses), tensor(Float32Array.of(progress, 0.5, 0.5))];
  const graph = trace((m, losses, context) => {
    // All that this method looks at.
    const view = { losses, context } as unknown as Parameters<typeof design.weigh>[1];
    return [design.weigh({ m }, view), leaf(design.follow!({ m }, view), "m")];
  }, inputs);
  const [weights, after] = await runOnce(engine, graph, inputs);
  return { weights: Array.from(weights!.data), m: after!.data[0]! };
}

const random = new Random(5, "losses");
const drawn = (N: number): Float32Array => Float32Array.from({ length: N }, () => 3 * random.uniform() ** 2);

describe("mentornet pd", () => {
  // Steps on both sides of every threshold, for totals that float32 divides badly and well.
  const places = [
    [0, 100],
    [16, 100],
    [17, 100],
    [18, 100],
    [19, 100],
    [89, 100],
    [90, 100],
    [99, 100],
    [7409, 39000],
    [7410, 39000],
    [35099, 39000],
    [35100, 39000],
    [3, 7],
  ] as const;

  test.each(hasTorch ? ["reference", "onnx", "torch"] : ["reference", "onnx"])(
    "weighs as the published programs do, step after step: %s",
    async (name) => {
      const engine = await selectEngine(name, { threads: 1 });
      for (const [share, dropout, N] of [
        [0.75, false, 16],
        [0.5, true, 20],
        [1, false, 7],
        [0, true, 2],
      ] as const) {
        const original = new Original();
        let m = 0;
        for (const [step, steps] of places) {
          const losses = drawn(N);
          const want = original.weights([...losses], step, steps, share, dropout);
          const changes = { mentornetPercentile: share, mentornetDropout: dropout };
          const got = await weigh(engine, m, losses, step / steps, changes);
          m = got.m;
          // float32 holds losses up to 3, and m made of them, to 2.4e-7.
          expect(Math.abs(m - original.m)).toBeLessThan(1e-6);
          got.weights.forEach((w, k) => expect(Math.abs(w - want[k]!)).toBeLessThan(1e-6));
        }
      }
    },
  );

  test("equal losses share a rank, and a loss at the average counts", async () => {
    const at = (m: number, losses: number[]) =>
      weigh(reference, m, Float32Array.from(losses), 0.5, { mentornetPercentile: 0.75, mentornetDropout: false });
    // Sorted: 1 2 2 2 5; rank round(0.75 · 4) = 3 holds a 2, and m stays 2.
    expect(await at(2, [2, 5, 2, 1, 2])).toEqual({ m: 2, weights: [0.2, 0, 0.2, 0.2, 0.2] });
    // A first batch of equal losses: m is half of them, and nothing lies below it.
    expect(await at(0, [2, 2])).toEqual({ m: 1, weights: [0, 0] });
  });

  test("in a run, the average follows the losses of the steps", async () => {
    const config = tiny({ method: "mentornet", mentornetDropout: false });
    const task = await prepareData(config);
    const batches = prepareBatches(config, task);
    const trainer = await prepareTrainer(config, task);
    const original = new Original();
    for (let step = 0; step < 3; step++) {
      const place = { progress: 0.3 + (3 * step) / 10, loss: 1, accuracy: 0 };
      const outcome = await trainer.step(batches.train(0, step), 0.05, step, place);
      const want = original.weights([...outcome.losses], 30 + 30 * step, 100, 0.75, false);
      outcome.weights.forEach((w, k) => expect(Math.abs(w - want[k]!)).toBeLessThan(1e-6));
      const m = (await exportArrays(trainer, ["omega"])).get("omega.m")!.data[0]!;
      expect(Math.abs(m - original.m)).toBeLessThan(1e-6);
    }
    await trainer.close();
  });

  test("no gradient goes through the weights, whatever the interaction", async () => {
    const after = async (interaction: "cut" | "deep") => {
      const config = tiny({ method: "mentornet", interaction });
      const task = await prepareData(config);
      const trainer = await prepareTrainer(config, task);
      const batch = prepareBatches(config, task).train(0, 0);
      await trainer.step(batch, 0.05, 0, { progress: 0.95, loss: 1, accuracy: 0 });
      const arrays = await exportArrays(trainer, ["theta"]);
      await trainer.close();
      return arrays;
    };
    expect(await after("deep")).toEqual(await after("cut"));
  });
});

const arraysIn = ({ out }: TrainConfig) =>
  decodeTensors(readFileSync(checkpointPath(out!, "last")), "checkpoint").tensors;

test("a mentornet run that was stopped twice and resumed equals an uninterrupted one, bit for bit", async () => {
  const short = (): TrainConfig => tiny({ method: "mentornet", epochs: 2, trainLimit: 100 });
  const [whole, parts] = [short(), short()];
  expect((await train(whole)).steps).toBe(10);
  // Everything trains in the first 2 steps, and the linear curriculum begins with the last.
  for (const stop of [1, 6]) {
    await train({ ...parts, maxSteps: stop }, { resume: stop > 1 });
    expect(arraysIn(parts).get("omega.m")!.data[0]).toBeGreaterThan(0);
  }
  await train(parts, { resume: true });
  expect([...arraysIn(parts)]).toEqual([...arraysIn(whole)]);
  expect(readFileSync(`${parts.out!}/weights.csv`)).toEqual(readFileSync(`${whole.out!}/weights.csv`));
});
