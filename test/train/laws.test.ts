import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { countOps } from "../../src/graph/graph.ts";
import { adjointGraph, lastAdjointGraph } from "../../src/hyper/sweep.ts";
import { methodOf } from "../../src/methods/methods.ts";
import { makeStudent } from "../../src/models/make.ts";
import { parameterCount } from "../../src/models/student.ts";
import { simplify } from "../../src/ops/simplify.ts";
import type { Tensor } from "../../src/tensor.ts";
import { float, tensor, zeros } from "../../src/tensor.ts";
import { leaves } from "../../src/tree.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { START } from "../../src/objectives/view.ts";
import type { Batches } from "../../src/tasks/batches.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import { randomImages } from "../../src/tasks/images/random.ts";
import { imageAim, imageBatch } from "../../src/tasks/images/task.ts";
import { stepGraph } from "../../src/train/step/graphs.ts";
import { inTraining } from "../../src/train/step/pass.ts";
import type { StepInput } from "../../src/train/step/trainer.ts";
import { TrainingProblem } from "../../src/train/step/problem.ts";
import { prepareBatches, prepareData, prepareTrainer } from "../../src/train/setup.ts";
import { exportArrays } from "../../src/train/checkpoint/arrays.ts";
import { tiny } from "./tiny.ts";

const bytesOf = ({ data }: Tensor): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** Step `draw` of a run, at a rate of 0.05. */
const stepOf = (batches: Batches, draw: number): StepInput => ({
  batch: batchAt(batches, draw),
  rate: 0.05,
  moment: START,
});

async function trajectory(changes: TrainInput, steps: number) {
  const config = tiny(changes);
  const task = await prepareData(config);
  const batches = prepareBatches(config, task);
  const trainer = await prepareTrainer(config, task);
  for (let step = 0; step < steps; step++) await trainer.step(stepOf(batches, step), step);
  return { trainer, batches };
}

const SHAPE = [3, 16, 16] as const;
const CLASSES = Array.from({ length: 10 }, (_, i) => String(i));

const problemOf = (student: string, changes: TrainInput = {}): TrainingProblem => {
  const aim = imageAim(SHAPE, CLASSES);
  return new TrainingProblem(
    makeStudent(student, aim.form),
    aim,
    methodOf("deep"),
    tiny({ batch: 4, validBatch: 4, ...changes }),
  );
};

describe("a run's laws", () => {
  test.each(["onnx", "reference"] as const)(
    "a teacher at ω = 0 trains as the baseline does, bit for bit: %s",
    async (engine) => {
      const still = await trajectory({ engine, method: "deep" }, 3);
      const baseline = await trajectory({ engine, method: "uniform" }, 3);
      const [a, b] = [
        await exportArrays(still.trainer, ["theta", "velocity", "state"]),
        await exportArrays(baseline.trainer, ["theta", "velocity", "state"]),
      ];
      expect([...a].map(([name, t]) => [name, bytesOf(t)])).toEqual([...b].map(([name, t]) => [name, bytesOf(t)]));
    },
  );

  test("a teacher update changes ω and nothing of the student, bit for bit", async () => {
    const { trainer, batches } = await trajectory({}, 3);
    const before = await exportArrays(trainer);
    const lesson = await trainer.learn(batches.clean(0, false));
    const after = await exportArrays(trainer);
    for (const [name, t] of after) {
      if (!/^(omega|memory|window)\./.test(name))
        expect([name, bytesOf(t)]).toEqual([name, bytesOf(before.get(name)!)]);
    }
    expect(after.get("omega.W")).not.toEqual(before.get("omega.W"));
    expect(lesson.drift).toBeLessThan(1e-4);
  });

  test("undoing two steps drifts by rounding alone", async () => {
    const { trainer, batches } = await trajectory({}, 0);
    const drifts: number[] = [];
    for (let epoch = 0; epoch < 5; epoch++) {
      for (let step = 0; step < 3; step++) await trainer.step(stepOf(batches, 5 * epoch + step), step);
      drifts.push((await trainer.learn(batches.clean(epoch, false))).drift!);
    }
    // A few units in the last place of parameters of order 1. Now and then a ReLU whose input is 0 but for rounding is on in one pass and off
    // in the other, which moves g by what that one passes on.
    expect(drifts.sort((a, b) => a - b)[2]).toBeLessThan(2e-6);
    expect(drifts[4]).toBeLessThan(1e-4);
  });

  test("the step at the window's start holds no convolution's weight gradient, the one before it holds them all", () => {
    const { inner } = problemOf("resnet8");
    const batch = inTraining(imageBatch(SHAPE, 4));
    const graphs = [adjointGraph(inner, batch, "float").graph, lastAdjointGraph(inner, batch, "float").graph];
    const [whole, last] = graphs.map((graph) => countOps(simplify(graph)));
    // ResNet-8 has 7 convolutions. A tangent takes two convolutions where both operands move, and the first layer's image does not.
    expect(last!.get("conv2d")).toBe(7 + 2 * 6 + 1);
    expect(last!.get("conv2dWeightGrad")).toBeUndefined();
    expect(last!.get("conv2dInputGrad")).toBeUndefined();
    expect(whole!.get("conv2d")).toBe(7 + 2 * 6 + 1);
    // Backward, and its tangent: g·ẇ and ġ·w for the six images that need a gradient; x·g, ẋ·g and x·ġ for the weights.
    expect(whole!.get("conv2dInputGrad")).toBe(6 + 2 * 6);
    expect(whole!.get("conv2dWeightGrad")).toBe(7 + 2 * 6 + 1);
  });

  test("a second step compiles nothing", async () => {
    const { trainer, batches } = await trajectory({}, 1);
    let compiled = 0;
    const compile = trainer.engine.compile.bind(trainer.engine);
    trainer.engine.compile = (graph, name) => (compiled++, compile(graph, name));
    await trainer.step(stepOf(batches, 1), 1);
    expect(compiled).toBe(0);
  });
});

describe("whole graphs on the ONNX engine and the reference", () => {
  test.each(["resnet8", "wrn-10-1", "cnn", "mlp"])(
    "%s: one training step gives the same losses and parameters",
    async (student) => {
      const problem = problemOf(student);
      const { theta, statistics, omega } = problem.initial;
      const { arrays } = randomImages(SHAPE, 10, 4, 3);
      const random = (t: Tensor, i: number): Tensor =>
        tensor(
          t.data.map((_, j) => Math.sin(i + j)),
          t.shape,
        );
      const inputs = [
        ...leaves(theta),
        ...leaves(theta).map(({ shape }) => zeros(shape)),
        ...leaves(statistics),
        ...leaves(omega).map(random),
        ...Object.values(arrays),
        tensor(Float32Array.of(0.2, 0.9, 0.5)),
        tensor(Float32Array.of(0.1), []),
      ];
      const { graph } = stepGraph(problem, inTraining(arrays));
      const [want, got] = [
        await runOnce(reference, graph, inputs),
        await runOnce(await onnxEngine({ threads: 1 }), graph, inputs),
      ];
      want.forEach((t, i) => {
        const largest = (f: (j: number) => number): number =>
          Array.from(t.data.keys()).reduce((most, j) => Math.max(most, Math.abs(f(j))), 0);
        const scale = Math.max(
          1e-3,
          largest((j) => t.data[j]!),
        );
        const worst = largest((j) => t.data[j]! - got[i]!.data[j]!);
        // Ten layers of float32: 1e-7 a layer, amplified by batch norm over four examples.
        expect(worst / scale).toBeLessThan(2e-4);
      });
    },
  );
});

describe("parameter counts", () => {
  const formOf = (classes: number) => ({ inputs: { images: float([2, 3, 32, 32]) }, outputs: classes });

  // He et al. 2016 and Zagoruyko & Komodakis 2016, computed layer by layer.
  test.each([
    ["resnet32", 10, 464_154],
    ["resnet32", 100, 470_004],
    ["resnet110", 10, 1_727_962],
    ["resnet110", 100, 1_733_812],
    ["wrn-28-10", 10, 36_479_194],
    ["wrn-28-10", 100, 36_536_884],
  ])("%s with %i classes has %i parameters", (name, classes, count) => {
    expect(parameterCount(makeStudent(name, formOf(classes)).init(1).params)).toBe(count);
  });

  test("an unknown student is refused with a list", () => {
    expect(() => makeStudent("resnet33", formOf(10))).toThrow('got "resnet33"');
    expect(() => makeStudent("wrn-27-10", formOf(10))).toThrow("wrn-D-K");
  });
});
