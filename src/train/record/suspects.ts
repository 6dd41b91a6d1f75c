/** @file weights.csv: the training examples, those whose label is most likely wrong first. */

import { stringify } from "csv-stringify/sync";
import { auroc, averagePrecision } from "../../statistics.ts";
import type { Task, Verdicts } from "../../tasks/task.ts";
import type { RunResults } from "../events.ts";
import type { WeightHistory } from "./weight-history.ts";

/** What is known of the training examples at the end of a run. */
export interface Suspicion {
  readonly weights: WeightHistory;
  /** `[N]` the student's loss of each, nats; absent for a run that is not finished. */
  readonly losses?: Float32Array;
}

/**
 * What the examples are ranked by. A method that weighs all alike says nothing of their labels; then the loss does, as
 * far as it is known.
 */
export const rankedBy = ({ weights, losses }: Suspicion): RunResults["rankedBy"] =>
  losses && weights.allAlike ? "loss" : "weight";

/** Quality of high loss as a detector of wrong labels, over those that are known. @param verdicts absent if none is */
export function lossQuality({ losses }: Suspicion, verdicts?: Verdicts): RunResults["losses"] {
  if (!losses || !verdicts) return { auroc: null, averagePrecision: null };
  const known = [...losses.keys()].filter((i) => verdicts[i] !== undefined);
  const wrong = known.map((i) => verdicts[i]!);
  const doubt = known.map((i) => losses[i]!);
  return { auroc: auroc(doubt, wrong), averagePrecision: averagePrecision(doubt, wrong) };
}

/**
 * Positions of all examples, the most suspicious first: lowest mean weight, or highest loss (`rankedBy`). Of the former,
 * examples never seen come last.
 */
export function ranked(known: Suspicion): number[] {
  const doubt = rankedBy(known) === "loss" ? known.losses!.map((loss) => -loss) : known.weights.mean();
  return [...doubt.keys()].sort((a, b) =>
    Number.isNaN(doubt[a]!) ? 1 : Number.isNaN(doubt[b]!) ? -1 : doubt[a]! - doubt[b]!,
  );
}

/**
 * One line per training example in the order of `ranked`, which is its rank. What is not known is empty.
 */
export function suspectsCsv(known: Suspicion, task: Pick<Task, "describe">): string {
  const { weights, losses } = known;
  const mean = weights.mean();
  const rows = ranked(known).map((position, i) => {
    const seen = weights.count[position]! > 0;
    return {
      ...task.describe("train", position),
      last_weight: seen ? weights.last[position]!.toPrecision(6) : "",
      mean_weight: seen ? mean[position]!.toPrecision(6) : "",
      loss: losses ? losses[position]!.toPrecision(6) : "",
      rank: i + 1,
    };
  });
  return stringify(rows, { header: true, escape_formulas: true });
}
