/** @file The range of weights, which is the same in all figures of a run. */

import type { WeightRecord } from "./record.ts";

/** Weights closer than this are alike: float32 rounds sums over a batch by less. */
const ROUNDING = 1e-5;

const weightsOf = ({ sample, training }: Pick<WeightRecord, "sample" | "training">): number[] => [
  ...sample.map(({ weight }) => weight),
  ...training.flatMap(({ lastWeight }) => lastWeight ?? []),
];

const highest = (weights: readonly number[]): number => weights.reduce((most, weight) => Math.max(most, weight), 0);

/** Whether every example weighs the same, so that no figure of weights says anything. */
export function allAlike(record: Pick<WeightRecord, "sample" | "training">): boolean {
  const weights = weightsOf(record);
  return weights.every((weight) => Math.abs(weight - weights[0]!) < ROUNDING);
}

/**
 * The ends of an axis of weights. Weights that are probabilities or other shares of the uniform one lie in [0, 1].
 * Weights that add up to a constant lie in [0, N]; their axis ends at the highest, and shows at least twice the uniform
 * weight, so that small differences look small.
 */
export function weightDomain(record: Pick<WeightRecord, "sample" | "training">): readonly [0, number] {
  const most = highest(weightsOf(record));
  return [0, most <= 1 + ROUNDING ? 1 : Math.max(2, most)];
}
