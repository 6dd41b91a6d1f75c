/** @file Two statistics that summarise Figure 2: how far weights follow the loss, and how far they follow the class. */

/** Ranks from 1; equal numbers share the mean of their ranks. */
function ranks(numbers: readonly number[]): number[] {
  const order = [...numbers.keys()].sort((a, b) => numbers[a]! - numbers[b]!);
  const result = new Array<number>(numbers.length);
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j < order.length && numbers[order[j]!] === numbers[order[i]!]) j++;
    for (let k = i; k < j; k++) result[order[k]!] = (i + 1 + j) / 2;
    i = j;
  }
  return result;
}

export const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** Spearman's rank correlation, in [−1, 1]; null if one of the two does not vary. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number | null {
  const [ra, rb] = [ranks(a), ranks(b)];
  const middle = (a.length + 1) / 2;
  const product = (p: readonly number[], q: readonly number[]): number =>
    p.reduce((sum, x, i) => sum + (x - middle) * (q[i]! - middle), 0);
  const scale = Math.sqrt(product(ra, ra) * product(rb, rb));
  return scale === 0 ? null : product(ra, rb) / scale;
}

/** The share of the numbers' variance that lies between groups (η²), in [0, 1]; null if they do not vary. */
export function varianceBetween(numbers: readonly number[], groups: readonly number[]): number | null {
  const centre = mean(numbers);
  const total = numbers.reduce((sum, x) => sum + (x - centre) ** 2, 0);
  if (total === 0) return null;
  const members = [...new Set(groups)].map((name) => numbers.filter((_, i) => groups[i] === name));
  const between = members.reduce((sum, group) => sum + group.length * (mean(group) - centre) ** 2, 0);
  return between / total;
}
