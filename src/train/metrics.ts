/** @file Classification errors and summaries of weights. */

import { quantile } from "../statistics.ts";
import type { WeightSummary } from "./events.ts";

/** Index of the largest of `count` numbers from `at`; the first one on ties. */
export function argmax(data: ArrayLike<number>, at: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (data[at + i]! > data[at + best]!) best = i;
  return best;
}

/** How many of the rows of logits `[N, C]` have their largest entry elsewhere than at the label. */
export function countErrors(logits: ArrayLike<number>, labels: ArrayLike<number>): number {
  const N = labels.length;
  const C = logits.length / N;
  let errors = 0;
  for (let n = 0; n < N; n++) if (argmax(logits, n * C, C) !== labels[n]) errors++;
  return errors;
}

/** Of one batch's weights w `[N]`, in units of 1/N. */
export function summarise(weights: ArrayLike<number>): WeightSummary {
  const N = weights.length;
  const relative = Float64Array.from(weights, (w) => w * N).sort();
  const squares = relative.reduce((total, w) => total + w * w, 0);
  const sum = relative.reduce((total, w) => total + w, 0);
  const at = (q: number): number => quantile(relative, q);
  return {
    min: at(0),
    q25: at(0.25),
    median: at(0.5),
    q75: at(0.75),
    max: at(1),
    effective: (sum * sum) / squares / N,
  };
}
