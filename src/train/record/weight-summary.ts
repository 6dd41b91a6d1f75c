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

/** Effective number of examples below which a batch's weights leave almost none. */
const FEW = 3;

/** Steps in a row with such weights after which they count as collapsed. */
export const COLLAPSE = 20;

/** Steps in a row, this one included, whose weights w `[N]` left almost no example. @param before those before it */
export const collapsedSteps = (weights: ArrayLike<number>, before: number): number =>
  effectiveSize(weights) < Math.min(FEW, weights.length) ? before + 1 : 0;

/** What is wrong with weights that have collapsed. @param weights of the last batch */
export function collapseText(weights: ArrayLike<number>): string {
  const effective = effectiveSize(weights);
  const left =
    effective > 0
      ? `an effective ${effective.toPrecision(2)} of ${weights.length} examples`
      : `none of ${weights.length} examples, since all weights are 0`;
  return (
    `the weights have collapsed: each of the last ${COLLAPSE} batches trained the student on few examples or none, ` +
    `the last on ${left}. Compare with --method uniform, or lower --teacher-lr if the method learns`
  );
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
