/** @file Mean and spread over seeds. */

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
