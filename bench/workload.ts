/** @file The workload of the engine benchmarks: the programs of one training run, with random data. */

import type { DeviceTensor, Engine, Program } from "../src/engines/engine.ts";
import type { Graph } from "../src/graph/graph.ts";
import { adjointGraph, lastAdjointGraph, validationGraph } from "../src/hyper/sweep.ts";
import { deep } from "../src/methods/deep.ts";
import { makeStudent } from "../src/models/make.ts";
import { simplify } from "../src/ops/simplify.ts";
import { Random } from "../src/random.ts";
import type { Spec, Tensor } from "../src/tensor.ts";
import { sizeOf, tensor } from "../src/tensor.ts";
import { trainSchema } from "../src/train/config.ts";
import { evaluationGraph, stepGraph } from "../src/train/step/graphs.ts";
import { inTraining } from "../src/train/step/pass.ts";
import { TrainingProblem } from "../src/train/step/problem.ts";
import { imageAim, imageBatch } from "../src/tasks/images/task.ts";
import { leaves } from "../src/tree.ts";

const SHAPE = [3, 32, 32] as const;

/** The measured run: CIFAR-shaped images, the paper's method and settings. */
export function trainingProblem(student: string, batchSize: number): TrainingProblem {
  const aim = imageAim(
    SHAPE,
    Array.from({ length: 10 }, (_, i) => String(i)),
  );
  const config = trainSchema.parse({ student, batch: batchSize, validBatch: batchSize, weightDecay: 1e-4 });
  return new TrainingProblem(makeStudent(student, aim.form), aim, deep, config);
}

/** The graphs of a run by name: the student's step, and the three of a teacher update. */
export function graphsOf(problem: TrainingProblem, batchSize: number): Record<string, () => Graph> {
  const { inner, outer } = problem;
  const clean = imageBatch(SHAPE, batchSize);
  const batch = inTraining(clean);
  return {
    step: () => stepGraph(problem, batch).graph,
    validation: () => simplify(validationGraph(inner, outer, clean).graph),
    adjoint: () => simplify(adjointGraph(inner, batch, "float").graph),
    lastAdjoint: () => simplify(lastAdjointGraph(inner, batch, "float").graph),
    evaluation: () => evaluationGraph(problem, imageBatch(SHAPE, 250)).graph,
  };
}

/** Arrays for a graph's inputs: the run's own parameters if shapes match in order, else small random numbers. */
export function inputsOf(graph: Graph, problem: TrainingProblem): Tensor[] {
  const theta = leaves(problem.initial.theta);
  const state = leaves(problem.initial.statistics);
  return graph.inputs.map(
    (spec, i) => theta[i] ?? runningStatistics(state, spec, i - 2 * theta.length) ?? randomTensor(spec, i),
  );
}

function runningStatistics(state: readonly Tensor[], spec: Spec, at: number): Tensor | undefined {
  const candidate = state[at];
  return candidate && candidate.shape.join() === spec.shape.join() ? candidate : undefined;
}

/** Images are standard normal, labels in 0 … 9, everything else small. */
function randomTensor({ shape, dtype }: Spec, stream: number): Tensor {
  const random = new Random(7, "bench", stream);
  const size = sizeOf(shape);
  if (dtype === "int")
    return tensor(
      Int32Array.from({ length: size }, () => random.integer(10)),
      shape,
    );
  const scale = shape.length === 4 && shape[1] === 3 && shape[2] === 32 ? 1 : 0.01;
  return tensor(
    Float32Array.from({ length: size }, () => scale * random.normal()),
    shape,
  );
}

/** A compiled graph with valid inputs. */
export interface Workload {
  readonly program: Program;
  readonly inputs: readonly DeviceTensor[];
  readonly compileMs: number;
}

export async function prepare(engine: Engine, graph: Graph, problem: TrainingProblem, name: string): Promise<Workload> {
  const start = performance.now();
  const program = await engine.compile(graph, name);
  const compileMs = performance.now() - start;
  return { program, inputs: inputsOf(graph, problem).map((x) => engine.upload(x)), compileMs };
}
