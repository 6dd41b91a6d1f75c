/** @file Numbers that a run reports: quantiles, and how well weights tell wrong labels from right ones. */

import type { WeightSummary } from "./events.ts";

/** Linear interpolation between order statistics of ascending numbers; `q` in [0, 1]. */
export function quantile(ascending: ArrayLike<number>, q: number): number {
  const at = q * (ascending.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, ascending.length - 1);
  return ascending[below]! + (at - below) * (ascending[above]! - ascending[below]!);
}

export function median(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : quantile(Float64Array.from(numbers).sort(), 0.5);
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

/** Positions by ascending score. */
const ascendingOrder = (scores: ArrayLike<number>): Uint32Array =>
  Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);

/**
 * Area under the ROC curve: the chance that a positive example scores higher than a negative one, ties counting half
 * (Mann–Whitney). Null when there are no positives or no negatives.
 */
export function auroc(scores: ArrayLike<number>, positive: ArrayLike<number>): number | null {
  const order = ascendingOrder(scores);
  let positives = 0;
  let rankSum = 0;
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j < order.length && scores[order[j]!] === scores[order[i]!]) j++;
    const rank = (i + 1 + j) / 2;
    for (let k = i; k < j; k++) {
      if (positive[order[k]!]) {
        positives++;
        rankSum += rank;
      }
    }
    i = j;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Average precision Σ (Rₙ − Rₙ₋₁) Pₙ over distinct thresholds, highest scores first. Null without positives. */
export function averagePrecision(scores: ArrayLike<number>, positive: ArrayLike<number>): number | null {
  const order = ascendingOrder(scores).reverse();
  const total = Array.from(positive).filter(Boolean).length;
  if (total === 0) return null;
  let found = 0;
  let before = 0;
  let result = 0;
  for (let i = 0; i < order.length; i++) {
    if (positive[order[i]!]) found++;
    const threshold = i + 1 === order.length || scores[order[i + 1]!] !== scores[order[i]!];
    if (threshold) {
      result += ((found - before) / total) * (found / (i + 1));
      before = found;
    }
  }
  return result;
}
