import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { torchEngine } from "../../src/engines/torch/torch.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { prepareBatches, prepareData, prepareProblem } from "../../src/train/setup.ts";
import { evaluate } from "../../src/train/step/evaluation.ts";
import { START } from "../../src/objectives/view.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import { Trainer } from "../../src/train/step/trainer.ts";
import { hasTorch } from "../engines/torch-here.ts";
import { tiny } from "./tiny.ts";

const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  plain: () => onnxEngine({ threads: 1, layout: "plain" }),
  blocked: () => onnxEngine({ threads: 1 }),
  torch: () => Promise.resolve(torchEngine({ threads: 1 })),
};

/** A run's training losses, teacher updates included, and its test loss at the end. */
async function train(engine: string, settings: TrainInput, steps: number): Promise<{ losses: number[]; test: number }> {
  const config = tiny(settings);
  const task = await prepareData(config);
  const batches = prepareBatches(config, task);
  const trainer = new Trainer(await engines[engine]!(), prepareProblem(config, task), config);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const inPeriod = step % config.teacherEvery;
    const input = { batch: batchAt(batches, step), rate: config.lr, moment: START };
    losses.push((await trainer.step(input, inPeriod)).loss);
    if (inPeriod === config.teacherEvery - 1) await trainer.learn(batches.clean(step, false));
  }
  const { loss } = await evaluate(trainer, batches, "test");
  await trainer.close();
  return { losses, test: loss };
}

/** max |a − b| / b over the first steps */
const apart = (a: readonly number[], b: readonly number[], steps: number): number =>
  Math.max(...b.slice(0, steps).map((loss, i) => Math.abs(a[i]! - loss) / loss));

describe.runIf(hasTorch)("one run on both engines", () => {
  test("the first 50 steps agree to what float32 allows", async () => {
    const settings = { student: "resnet8", trainLimit: 640, batch: 32, validBatch: 32, teacherEvery: 10 } as const;
    const run = (engine: string) => train(engine, { ...settings, lr: 0.005 }, 50);
    const [plain, blocked, torch] = [await run("plain"), await run("blocked"), await run("torch")];
    expect(apart(torch.losses, plain.losses, 10)).toBeLessThan(5e-5);
    // From then on single ReLUs near 0 fall to different sides, and differences grow: as they do between two memory layouts of one engine.
    const allowed = apart(blocked.losses, plain.losses, 50);
    expect(apart(torch.losses, plain.losses, 50)).toBeLessThan(Math.max(30 * allowed, 2e-3));
  });

  test("at the end they agree in the mean over seeds, to within its error", async () => {
    const seeds = [1, 2, 3, 4];
    const ends = async (engine: string): Promise<number[]> => {
      const losses: number[] = [];
      for (const seed of seeds) losses.push((await train(engine, { seed, lr: 0.05 }, 40)).test);
      return losses;
    };
    const [onnx, torch] = [await ends("blocked"), await ends("torch")];
    const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b) / x.length;
    const variance = (x: readonly number[]): number =>
      mean(x.map((v) => (v - mean(x)) ** 2)) * (x.length / (x.length - 1));
    const standardError = Math.sqrt((variance(onnx) + variance(torch)) / seeds.length);
    expect(Math.abs(mean(onnx) - mean(torch))).toBeLessThan(3 * standardError);
  });
});
