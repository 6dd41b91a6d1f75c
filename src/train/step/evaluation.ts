/** @file The student as it is on a part of the data, with running statistics. */

import { programName } from "../../engines/programs.ts";
import type { NamedGraph } from "../../graph/named.ts";
import type { Evaluation } from "../../objectives/objective.ts";
import type { Batches, PartName } from "../../tasks/batches.ts";
import type { Spec } from "../../tensor.ts";
import { asFloat32 } from "../../tensor.ts";
import type { Arrays } from "../../tree.ts";
import { beliefsGraph, evaluationGraph } from "./graphs.ts";
import type { TrainingProblem } from "./problem.ts";
import type { Trainer } from "./trainer.ts";

/** Loss of each training example `[N]` against its given label, nats: without augmentation, with running statistics. */
export async function trainingLosses(trainer: Trainer, batches: Batches, count: number): Promise<Float32Array> {
  const losses = new Float32Array(count);
  for await (const { batch, out } of judged(trainer, batches, "train")) {
    const own = asFloat32(await out.nll.read());
    batch.positions.forEach((position, n) => (losses[position] = own[n]!));
  }
  return losses;
}

/** Loss, scores and predictions of the student over a part. */
export async function evaluate(trainer: Trainer, batches: Batches, part: "valid" | "test"): Promise<Evaluation> {
  const evaluator = trainer.problem.objective.evaluator();
  for await (const { batch, out } of judged(trainer, batches, part)) {
    const [nll, errors, predictions] = await Promise.all([out.nll.read(), out.errors.read(), out.predictions.read()]);
    evaluator.add({ nll, errors, predictions }, batch.arrays);
  }
  return evaluator.result();
}

/**
 * The student's mean prediction for the examples of each class in these parts, `[K][K]`: the class in the row. Classes
 * without an example have a row of 0.
 */
export async function beliefs(trainer: Trainer, batches: Batches, parts: readonly PartName[]): Promise<number[][]> {
  const K = trainer.problem.objective.classes?.length ?? 0;
  const sums = Array.from({ length: K }, () => new Array<number>(K).fill(0));
  const counts = new Array<number>(K).fill(0);
  for (const part of parts) {
    for await (const { out } of answers(trainer, batches, part, { name: "beliefs", graph: beliefsGraph })) {
      const [sum, count] = await Promise.all([out.sums.read(), out.counts.read()]);
      sum.data.forEach((value, i) => (sums[Math.floor(i / K)]![i % K]! += value));
      count.data.forEach((value, c) => (counts[c]! += value));
    }
  }
  return sums.map((row, c) => row.map((value) => value / Math.max(1, counts[c]!)));
}

/** The student's judged answers to a part, batch by batch. */
const judged = (trainer: Trainer, batches: Batches, part: PartName) =>
  answers(trainer, batches, part, { name: "evaluation", graph: evaluationGraph });

interface Asked {
  readonly theta: readonly Spec[];
  readonly statistics: readonly Spec[];
  readonly batch: Arrays<Spec>;
}

/** What a program makes of the student on each batch of a part, and the batch. */
async function* answers<O>(
  trainer: Trainer,
  batches: Batches,
  part: PartName,
  program: {
    readonly name: string;
    readonly graph: (problem: TrainingProblem, batch: Arrays<Spec>) => NamedGraph<Asked, O>;
  },
) {
  const { theta, statistics } = trainer.arrays;
  for (const batch of batches.of(part)) {
    const arrays = trainer.inputs(batch);
    const make = () => program.graph(trainer.problem, arrays);
    const out = await trainer.run(programName(program.name, arrays), make, { theta, statistics, batch: arrays });
    yield { batch, out };
  }
}
