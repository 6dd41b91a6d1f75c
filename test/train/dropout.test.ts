/** A student with dropout, through the ordinary run: masks of a step, their replay, and passes without them. */

import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { makeGlyphs } from "../../src/data/sets/glyphs.ts";
import type { Engine } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { torchEngine } from "../../src/engines/torch/torch.ts";
import type { StepRecord } from "../../src/hyper/sweep.ts";
import { mlp } from "../../src/models/images/small.ts";
import type { Student, StudentForm } from "../../src/models/student.ts";
import { dropout } from "../../src/nn/dropout.ts";
import { rootKey } from "../../src/nn/layer.ts";
import { linear } from "../../src/nn/linear.ts";
import { START } from "../../src/objectives/view.ts";
import { relu } from "../../src/ops/elementwise.ts";
import { reshape } from "../../src/ops/movement.ts";
import { stepKey } from "../../src/random.ts";
import { decodeTensors } from "../../src/safetensors.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import { tensor } from "../../src/tensor.ts";
import { child } from "../../src/tree.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import type { TrainConfig } from "../../src/train/config.ts";
import { examineRun } from "../../src/train/after/examine-run.ts";
import { train } from "../../src/train/run.ts";
import { prepareBatches, prepareData, prepareProblem } from "../../src/train/setup.ts";
import { evaluate } from "../../src/train/step/evaluation.ts";
import { Trainer } from "../../src/train/step/trainer.ts";
import { hasTorch } from "../engines/torch-here.ts";
import { differences, relative } from "../methods/little.ts";
import { prepare, swept } from "../methods/window.ts";
import { tiny } from "./tiny.ts";

const WIDTH = 64;

/** Flattened image – 64, ReLU, half of it dropped – classes. */
function dropped({ inputs, outputs }: StudentForm): Student {
  const pixels = inputs["images"]!.shape.slice(1).reduce((a, b) => a * b);
  const [first, second] = [linear(pixels, WIDTH), linear(WIDTH, outputs)];
  const part = (name: string, layer: typeof first, seed: number) => layer.init(rootKey(seed, name)).params;
  return {
    name: "dropped",
    random: true,
    init: (seed) => ({
      params: { first: part("first", first, seed), second: part("second", second, seed) },
      statistics: {},
    }),
    apply(params, statistics, { images }, pass) {
      const x = reshape(images!, [images!.shape[0]!, pixels]);
      const hidden = relu(first.apply(child(params, "first"), {}, x, pass).y);
      const I0 = dropout(hidden, 0.5, pass, "hidden");
      return { output: second.apply(child(params, "second"), {}, I0, pass).y, internals: { I0 }, statistics };
    },
  };
}

vi.mock("../../src/models/make.ts", () => ({
  makeStudent: (name: string, form: StudentForm) => (name === "mlp" ? mlp(form) : dropped(form)),
}));

// The first of the glyphs: drawing all of them takes longer than these runs.
vi.mock(import("../../src/data/sets/load.ts"), async (original) => ({
  ...(await original()),
  loadDataset: () => Promise.resolve(makeGlyphs({ train: 150, test: 40 })),
}));

const settings = (changes = {}): TrainConfig => tiny({ student: "dropped", ...changes });

const data = prepareData(settings());

/** A run's trainer on an engine, its batches, and its steps as input. */
async function prepared(engine: Engine, changes = {}) {
  const config = settings(changes);
  const task = await data;
  const batches = prepareBatches(config, task);
  const trainer = new Trainer(engine, prepareProblem(config, task), config);
  const input = (step: number) => ({
    ...{ batch: batchAt(batches, step), rate: config.lr, moment: START },
    ...trainer.keyOf(config.seed, step),
  });
  return { trainer, batches, input };
}

describe("the hypergradient with dropout, by finite differences of the whole run", () => {
  test.each([
    { B: 1, interaction: "cut", reversal: "float" },
    { B: 2, interaction: "cut-exact", reversal: "float" },
    { B: 3, interaction: "deep", reversal: "snapshot" },
  ] as const)("%j", async ({ B, ...changes }) => {
    const { trainer, start, finish } = await prepare({ method: "deep", features: "I0+loss", ...changes }, B, 0.3);
    const { window } = await finish(start);
    const others = window.map((step, i) => {
      const key = reference.upload(tensor(stepKey(1, "dropout", 100 + i)));
      return { ...step, batch: { ...step.batch, key } };
    });
    const dOmega = async (steps: readonly StepRecord[]) => (await swept(trainer, steps, changes.reversal)).dOmega;
    const [own, withOthers] = [await dOmega(window), await dOmega(others)];
    const want = await differences(async (omega) => (await finish(omega)).metric, start);
    expect(relative(own, want)).toBeLessThan(1e-7);
    expect(relative(withOthers, want)).toBeGreaterThan(0.1);
  });
});

describe("a step's masks", () => {
  test("are those of the step's key, and of nothing else", async () => {
    const { trainer, input } = await prepared(reference);
    const begun = trainer.arrays;
    const losses = async (step: number, key = input(step).key): Promise<number[]> => {
      trainer.arrays = begun;
      return [...(await trainer.step({ ...input(0), key: key! }, 0)).losses];
    };
    const first = await losses(0);
    expect(await losses(0)).toEqual(first);
    expect(await losses(1)).not.toEqual(first);
    expect(await losses(0, tensor(stepKey(2, "dropout", 0)))).not.toEqual(first);
    expect(Object.keys(trainer.record(input(0), 0).batch)).toEqual(["images", "labels", "moment", "key"]);
  });

  test("are absent from evaluation, clean batches and batches that are only looked at", async () => {
    const { trainer, batches, input } = await prepared(reference);
    expect(Object.keys(trainer.inputs(batches.clean(0, false)))).toEqual(["images", "labels"]);
    expect(Object.keys(trainer.inputs(input(0).batch, START))).toEqual(["images", "labels", "moment"]);
    const scores = async () => (await evaluate(trainer, batches, "test")).loss;
    expect(await scores()).toBe(await scores());
  });

  test("no key for a student that draws nothing", async () => {
    const { trainer, input } = await prepared(reference, { student: "mlp" });
    expect(trainer.keyOf(1, 0)).toEqual({});
    expect(Object.keys(trainer.record(input(0), 0).batch)).toEqual(["images", "labels", "moment"]);
  });

  test("are the same on all engines", async () => {
    const others = [await onnxEngine({ threads: 1 }), ...(hasTorch ? [torchEngine({ threads: 1 })] : [])];
    const run = async (engine: Engine) => {
      const { trainer, batches, input } = await prepared(engine, { window: 3, teacherOptimizer: "sgd" });
      const losses: number[] = [];
      for (let step = 0; step < 6; step++) {
        losses.push((await trainer.step(input(step), step % 3)).loss);
        if (step % 3 === 2) await trainer.learn(batches.clean(step, false));
      }
      const omega = await Promise.all(trainer.arrays.omega.map(async (x) => [...(await x.read()).data]));
      await trainer.close();
      return [losses, omega.flat()] as const;
    };
    const [losses, omega] = await run(reference);
    for (const engine of others) {
      const [theirLosses, theirOmega] = await run(engine);
      expect(relative(theirLosses, losses), engine.name).toBeLessThan(1e-5);
      expect(relative(theirOmega, omega), engine.name).toBeLessThan(1e-4);
    }
  });
});

describe("a run with dropout", () => {
  const arrays = (folder: string) =>
    [...decodeTensors(readFileSync(checkpointPath(folder, "last")), "checkpoint").tensors].map(([name, { data }]) => [
      name,
      ...data,
    ]);

  test.each([
    // 5 lies inside a window of 2, 8 inside one of 3; rehearsals draw masks of their own seeds.
    { stop: 5, changes: {} },
    { stop: 8, changes: { reversal: "snapshot", window: 3 } },
    { stop: 13, changes: { method: "l2t-data", l2tEpisodes: 2 } },
  ] as const)("resumed inside a window equals one left alone, bit for bit: $changes", async ({ stop, changes }) => {
    const [whole, parts] = [settings(changes), settings(changes)];
    await train(whole);
    await train({ ...parts, maxSteps: stop });
    await train(parts, { resume: true });
    expect(arrays(parts.out!)).toEqual(arrays(whole.out!));
  });

  test("is examined without it, so twice the same", async () => {
    const config = settings({ epochs: 1 });
    await train(config);
    const look = async () =>
      (await examineRun(config.out!, { sample: 20 })).sample.map(({ loss, weight }) => [loss, weight]);
    expect(await look()).toEqual(await look());
  });
});
