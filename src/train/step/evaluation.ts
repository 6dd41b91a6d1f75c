/** @file The student as it is on a part of the data, with running statistics. */

import { programName } from "../../engines/programs.ts";
import type { Evaluation } from "../../objectives/objective.ts";
import type { Batches, PartName } from "../../tasks/batches.ts";
import { asFloat32 } from "../../tensor.ts";
import { evaluationGraph } from "./graphs.ts";
import type { Trainer } from "./trainer.ts";

/** Loss of each training example `[N]` against its given label, nats: without augmentation, with running statistics. */
export async function trainingLosses(trainer: Trainer, batches: Batches, count: number): Promise<Float32Array> {
  const losses = new Float32Array(count);
  for await (const { batch, nll } of judged(trainer, batches, "train")) {
    const own = asFloat32(await nll.read());
    batch.positions.forEach((position, n) => (losses[position] = own[n]!));
  }
  return losses;
}

/** Loss, scores and predictions of the student over a part. */
export async function evaluate(trainer: Trainer, batches: Batches, part: "valid" | "test"): Promise<Evaluation> {
  const evaluator = trainer.problem.objective.evaluator();
  for await (const { batch, ...out } of judged(trainer, batches, part)) {
    const [nll, errors, predictions] = await Promise.all([out.nll.read(), out.errors.read(), out.predictions.read()]);
    evaluator.add({ nll, errors, predictions }, batch.arrays);
  }
  return evaluator.result();
}

/** The student's judged answers to a part, batch by batch. */
async function* judged(trainer: Trainer, batches: Batches, part: PartName) {
  const { problem } = trainer;
  const { theta, statistics } = trainer.arrays;
  for (const batch of batches.of(part)) {
    const arrays = trainer.inputs(batch);
    const make = () => evaluationGraph(problem, arrays);
    const out = await trainer.run(programName("evaluation", arrays), make, { theta, statistics, batch: arrays });
    yield { batch, ...out };
  }
}
