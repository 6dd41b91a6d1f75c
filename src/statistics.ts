/** @file Statistics: mean and spread, quantiles, rank correlation, and how well scores separate two classes. */

export const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

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
  const centre = mean(known);
  if (n === 1) return { n, mean: centre, std: null };
  const squares = known.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return { n, mean: centre, std: Math.sqrt(squares / (n - 1)) };
}

/** A value for each seed; null where it is not known. */
export type BySeed = readonly (readonly [seed: unknown, value: number | null | undefined])[];

/**
 * Summarises value − baseline over the seeds that both have; null when they share none. What a seed decides for
 * both (the split, the wrong labels, the start) drops out, so its spread is smaller than that of the two means.
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

/** Positions by ascending score. */
const ascendingOrder = (scores: ArrayLike<number>): Uint32Array =>
  Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);

/** Ranks from 1; equal numbers share the mean of theirs. */
function ranks(numbers: ArrayLike<number>): Float64Array {
  const order = ascendingOrder(numbers);
  const result = new Float64Array(order.length);
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j < order.length && numbers[order[j]!] === numbers[order[i]!]) j++;
    for (let k = i; k < j; k++) result[order[k]!] = (i + 1 + j) / 2;
    i = j;
  }
  return result;
}

/** Spearman's rank correlation; null where one of the two does not vary. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number | null {
  const [ra, rb] = [ranks(a), ranks(b)];
  const middle = (a.length + 1) / 2;
  const product = (p: Float64Array, q: Float64Array): number =>
    p.reduce((sum, x, i) => sum + (x - middle) * (q[i]! - middle), 0);
  const scale = Math.sqrt(product(ra, ra) * product(rb, rb));
  return scale === 0 ? null : product(ra, rb) / scale;
}

/** The share of the numbers' variance that lies between groups (η²), in [0, 1]; null where they do not vary. */
export function varianceBetween(numbers: readonly number[], groups: readonly number[]): number | null {
  const centre = mean(numbers);
  const total = numbers.reduce((sum, x) => sum + (x - centre) ** 2, 0);
  if (total === 0) return null;
  const members = [...new Set(groups)].map((name) => numbers.filter((_, i) => groups[i] === name));
  const between = members.reduce((sum, group) => sum + group.length * (mean(group) - centre) ** 2, 0);
  return between / total;
}

/**
 * Area under the ROC curve: the chance that a positive example scores higher than a negative one, ties counting half
 * (Mann–Whitney). Null when there are no positives or no negatives.
 */
export function auroc(scores: ArrayLike<number>, positive: ArrayLike<number>): number | null {
  const ofPositives = ranks(scores).filter((_, i) => positive[i]);
  const positives = ofPositives.length;
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return null;
  const rankSum = ofPositives.reduce((sum, rank) => sum + rank, 0);
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

/**
 * Interval of Wilson for a share, of `found` among `count` > 0, that covers the true share in 95 % of samples.
 * @see Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
 */
export function wilson(found: number, count: number): readonly [low: number, high: number] {
  const z = 1.959963984540054;
  const share = found / count;
  const centre = share + z ** 2 / (2 * count);
  const half = z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  const scale = 1 + z ** 2 / count;
  // The bounds at no and at all examples are 0 and 1 but for rounding.
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}
