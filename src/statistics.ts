/** @file Mean and spread over seeds, and of differences between runs of the same seed. */

export interface Summary {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation, n − 1 in the denominator; null for one value */
  readonly std: number | null;
}

/** Summarises the values that are there; null when none is. */
export function summarize(values: readonly (number | null | undefined)[]): Summary | null {
  const known = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const n = known.length;
  if (n === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { n, mean, std: null };
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n, mean, std: Math.sqrt(squares / (n - 1)) };
}

/** A value for each seed; null where it is not known. */
export type BySeed = readonly (readonly [seed: unknown, value: number | null | undefined])[];

/**
 * Summarises value − baseline over the seeds that both have; null when they share none. What a seed decides for both (the split, the wrong
 * labels, the start) drops out, so its spread is smaller than that of the two means.
 */
export function pairedDifference(values: BySeed, baseline: BySeed): Summary | null {
  const start = new Map(baseline);
  return summarize(
    values.map(([seed, value]) => {
      const other = start.get(seed);
      return typeof value === "number" && typeof other === "number" ? value - other : null;
    }),
  );
}
