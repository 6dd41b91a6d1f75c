/**
 * @file What every method computes on every kind of student, as printed graphs; and what two engines make of
 * some of these.
 */

import { emitModel } from "../../src/engines/onnx/emit.ts";
import { planProgram } from "../../src/engines/torch/plan/plan.ts";
import { withPrecision } from "../../src/engines/torch/plan/precision.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { printGraph } from "../../src/graph/print.ts";
import { adjointGraph, lastAdjointGraph, validationGraph } from "../../src/hyper/sweep.ts";
import { methods } from "../../src/methods/methods.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { trainSchema } from "../../src/train/config.ts";
import { evaluationGraph, inspectionGraph, stepGraph } from "../../src/train/step/graphs.ts";
import { inTraining } from "../../src/train/step/pass.ts";
import { prepareProblem } from "../../src/train/setup.ts";
import { imageAim, imageBatch } from "../../src/tasks/images/task.ts";
import { hash } from "./hash.ts";

const STUDENTS = ["resnet8", "wrn-10-1", "cnn", "mlp"] as const;
const BATCH = 8;
const AIM = imageAim(
  [3, 16, 16],
  Array.from({ length: 10 }, (_, i) => String(i)),
);
const CLEAN = imageBatch([3, 16, 16], BATCH);
const BATCH_IN_TRAINING = inTraining(CLEAN);

/** The six programs of a method at its defaults on a student, for batches of 8 images `[3, 16, 16]` of 10 classes. */
function programsOf(method: string, student: string): Record<string, () => Graph> {
  const problem = prepareProblem(trainSchema.parse({ method, student, batch: BATCH, validBatch: BATCH }), AIM);
  const { inner, outer } = problem;
  const { reversal } = trainSchema.parse({ method });
  return {
    step: () => stepGraph(problem, BATCH_IN_TRAINING).graph,
    evaluation: () => evaluationGraph(problem, CLEAN).graph,
    view: () => inspectionGraph(problem, BATCH_IN_TRAINING).graph,
    validation: () => simplify(validationGraph(inner, outer, CLEAN).graph),
    adjoint: () => simplify(adjointGraph(inner, BATCH_IN_TRAINING, reversal).graph),
    "last adjoint": () => simplify(lastAdjointGraph(inner, BATCH_IN_TRAINING, reversal).graph),
  };
}

/** 11 methods × 4 students × 6 programs. Same graphs and same inputs are the same numbers on every engine. */
export function* graphEntries(): Generator<[name: string, hash: string]> {
  for (const { name } of methods) {
    for (const student of STUDENTS) {
      for (const [program, graph] of Object.entries(programsOf(name, student))) {
        yield [`graph: ${name}, ${student}, ${program}`, hash(printGraph(graph()))];
      }
    }
  }
}

/** Native programs and ONNX models of the paper's method on a residual network. */
export function* loweringEntries(): Generator<[name: string, hash: string]> {
  for (const [program, graph] of Object.entries(programsOf("deep", "resnet8"))) {
    const plan = (fused: boolean, precision: "f32" | "bf16" = "f32"): string =>
      hash(JSON.stringify(planProgram(withPrecision(graph(), precision), program, { fused })));
    const model = (block: number | undefined): string => hash(emitModel(graph(), program, { block, threads: 2 }));
    yield [`torch: ${program}, fused`, plan(true)];
    yield [`torch: ${program}, fused, bf16`, plan(true, "bf16")];
    yield [`torch: ${program}, op by op`, plan(false)];
    yield [`onnx: ${program}, plain`, model(undefined)];
    yield [`onnx: ${program}, blocks of 16`, model(16)];
  }
}
