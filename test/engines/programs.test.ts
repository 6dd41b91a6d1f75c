import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { adjointGraph, lastAdjointGraph, validationGraph } from "../../src/hyper/sweep.ts";
import { deep } from "../../src/methods/deep.ts";
import { makeStudent } from "../../src/models/make.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { Random } from "../../src/random.ts";
import type { Tensor } from "../../src/tensor.ts";
import { sizeOf, tensor } from "../../src/tensor.ts";
import { trainSchema } from "../../src/train/config.ts";
import { evaluationGraph, stepGraph } from "../../src/train/step/graphs.ts";
import { imageAim, imageBatch } from "../../src/tasks/images/task.ts";
import { inTraining } from "../../src/train/step/pass.ts";
import { TrainingProblem } from "../../src/train/step/problem.ts";
import { leaves } from "../../src/tree.ts";
import { torchRows } from "./torch-here.ts";

// Images of 8×8 and batches of 6 and 18 are large enough to use every rule for strides, shortcuts and batch norm, and
// small enough for the reference; no batch fills its blocks. Float32 sums of thousands of products through a dozen
// layers keep five digits of the largest element. The bound fails if a ReLU's operand is so close to 0 that rounding
// decides its sign: one flip moves a gradient by about 1e-3. So activations are few, and the seed has no such flip.
const TOLERANCE = 2e-4;
const SHAPE = [3, 8, 8] as const;
const aim = imageAim(
  SHAPE,
  Array.from({ length: 10 }, (_, i) => String(i)),
);

function problemOf(student: string, batch: number): TrainingProblem {
  const config = trainSchema.parse({
    batch,
    validBatch: batch,
    teacherEvery: 2,
    interaction: "deep",
    teacherWeightDecay: 0,
    seed: 3,
  });
  return new TrainingProblem(makeStudent(student, aim.form), aim, deep, config);
}

/** Initial parameters; images are standard normal, all other inputs small normal numbers. */
function inputsOf(graph: Graph, theta: readonly Tensor[]): Tensor[] {
  return graph.inputs.map(({ shape, dtype }, i) => {
    const random = new Random(5, "programs", i);
    const size = sizeOf(shape);
    if (dtype === "int")
      return tensor(
        Int32Array.from({ length: size }, () => random.integer(10)),
        shape,
      );
    const scale = shape.length === 4 && shape[1] === 3 && shape[2] === 8 ? 1 : 0.05;
    // A positive mean, for running variances and learning rates.
    const draw = (): number => scale * random.normal() + (shape.length < 2 ? 0.3 : 0);
    return theta[i] ?? tensor(Float32Array.from({ length: size }, draw), shape);
  });
}

/** max |a − b| / max |b|, over all elements of one array */
function errorOf(got: Tensor, want: Tensor): number {
  let [worst, scale] = [0, 1e-5];
  want.data.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - got.data[i]!));
    scale = Math.max(scale, Math.abs(value));
  });
  return worst / scale;
}

const clean = (size: number) => imageBatch(SHAPE, size);

const graphs: Record<string, (problem: TrainingProblem, batch: number) => Graph> = {
  "training step": (problem, batch) => stepGraph(problem, inTraining(clean(batch))).graph,
  evaluation: (problem, batch) => evaluationGraph(problem, clean(batch)).graph,
  "validation gradient": ({ inner, outer }, batch) => simplify(validationGraph(inner, outer, clean(batch)).graph),
  "adjoint step": ({ inner }, batch) => simplify(adjointGraph(inner, inTraining(clean(batch)), "float").graph),
  "last adjoint step": ({ inner }, batch) => simplify(lastAdjointGraph(inner, inTraining(clean(batch)), "float").graph),
};

const cases = [
  { student: "resnet8", batch: 6 },
  { student: "wrn-10-1", batch: 18 },
  { student: "cnn", batch: 5 },
].flatMap((row) => Object.keys(graphs).map((program) => ({ ...row, program })));

describe("whole programs agree with the float64 reference", () => {
  const makers = [
    { name: "onnx, plain", make: () => onnxEngine({ threads: 2, layout: "plain" }) },
    { name: "onnx, blocked", make: () => onnxEngine({ threads: 2 }) },
    ...torchRows({ "torch, fused": { threads: 2 }, "torch, op by op": { threads: 2, fused: false } }),
  ];

  test.each(cases)("$program of $student, batch $batch", async ({ program, student, batch }) => {
    const problem = problemOf(student, batch);
    const graph = graphs[program]!(problem, batch);
    const inputs = inputsOf(graph, leaves(problem.initial.theta));
    const want = await runOnce(reference, graph, inputs);
    for (const { name, make } of makers) {
      const got = await runOnce(await make(), graph, inputs);
      const errors = want.map((array, i) => errorOf(got[i]!, array));
      expect(Math.max(...errors), `${name}, output ${errors.indexOf(Math.max(...errors))}`).toBeLessThan(TOLERANCE);
    }
  });
});
