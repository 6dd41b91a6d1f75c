/** @file How good a student is: loss and error over a part, with running statistics. */

import type { Batches } from "../../tasks/images/batches.ts";
import { evaluationGraph } from "./graphs.ts";
import { argmax, countErrors } from "../metrics.ts";
import type { Trainer } from "./trainer.ts";

export interface Evaluation {
  /** Mean cross-entropy, nats. */
  readonly loss: number;
  /** Share of examples, in [0, 1]. */
  readonly error: number;
  /** Predicted class of each example. */
  readonly predictions: Int32Array;
}

/** How many examples are evaluated at once. */
const EVALUATION_BATCH = 250;

/** Mean loss and error of the student as it is over a part. */
export async function evaluate(trainer: Trainer, batches: Batches, part: "valid" | "test"): Promise<Evaluation> {
  const { problem, arrays } = trainer;
  const { classes } = problem.task;
  let [lossSum, errors, count] = [0, 0, 0];
  const predictions: number[] = [];
  for (const batch of batches.evaluate(part, EVALUATION_BATCH)) {
    const graph = () => evaluationGraph(problem, batch.size);
    const inputs = [...arrays.theta, ...arrays.state, ...trainer.inputs(batch)];
    const outputs = await trainer.run(`evaluation ${batch.size}`, graph, inputs);
    const [losses, logits] = await Promise.all(outputs.map((x) => x.read()));
    lossSum += Array.from(losses!.data).reduce((total, loss) => total + loss, 0);
    errors += countErrors(logits!.data, batch.y);
    for (let n = 0; n < batch.size; n++) predictions[count + n] = argmax(logits!.data, n * classes, classes);
    count += batch.size;
  }
  return { loss: lossSum / count, error: errors / count, predictions: Int32Array.from(predictions) };
}
