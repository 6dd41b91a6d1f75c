/** @file Summary of one batch's weights, for step events. */

import { quantile } from "../../statistics.ts";
import type { WeightSummary } from "../events.ts";

/** Effective number of examples that weights `[N]` leave of a batch, (Σ w)² / Σ w², in [1, N]; 0 if all weights are 0. */
export function effectiveSize(weights: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let n = 0; n < weights.length; n++) {
    sum += weights[n]!;
    squares += weights[n]! ** 2;
  }
  return squares === 0 ? 0 : sum ** 2 / squares;
}

/** Summarises one batch's weights w `[N]`, in units of 1/N. */
export function summarise(weights: ArrayLike<number>): WeightSummary {
  const N = weights.length;
  const relative = Float64Array.from(weights, (w) => w * N).sort();
  const at = (q: number): number => quantile(relative, q);
  return {
    min: at(0),
    q25: at(0.25),
    median: at(0.5),
    q75: at(0.75),
    max: at(1),
    effective: effectiveSize(relative) / N,
  };
}
