/** @file The student as it is on a part of the data, with running statistics. */

import { programName } from "../../engines/programs.ts";
import type { Evaluation } from "../../objectives/objective.ts";
import type { Batches } from "../../tasks/batches.ts";
import { evaluationGraph } from "./graphs.ts";
import type { Trainer } from "./trainer.ts";

/** Loss, scores and predictions of the student over a part. */
export async function evaluate(trainer: Trainer, batches: Batches, part: "valid" | "test"): Promise<Evaluation> {
  const { problem } = trainer;
  const { theta, statistics } = trainer.arrays;
  const evaluator = problem.objective.evaluator();
  for (const batch of batches.of(part)) {
    const arrays = trainer.inputs(batch);
    const make = () => evaluationGraph(problem, arrays);
    const judged = await trainer.run(programName("evaluation", arrays), make, { theta, statistics, batch: arrays });
    const [nll, errors, predictions] = await Promise.all([
      judged.nll.read(),
      judged.errors.read(),
      judged.predictions.read(),
    ]);
    evaluator.add({ nll, errors, predictions }, batch.arrays);
  }
  return evaluator.result();
}
