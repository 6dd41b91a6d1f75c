/** @file Summary of one batch's weights, for step events. */

import { quantile } from "../../statistics.ts";
import type { WeightSummary } from "../events.ts";

/** Summarises one batch's weights w `[N]`, in units of 1/N. */
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
