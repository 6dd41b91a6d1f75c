/** @file Suggestions for mistyped names. */

/**
 * Number of edits (insert, delete, replace, swap two neighbours) from `a` to `b`: optimal string alignment distance.
 */
export function editDistance(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i ? (j ? 0 : i) : j)),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replace = d[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      d[i]![j] = Math.min(d[i - 1]![j]! + 1, d[i]![j - 1]! + 1, replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        d[i]![j] = Math.min(d[i]![j]!, d[i - 2]![j - 2]! + 1);
      }
    }
  }
  return d[a.length]![b.length]!;
}

/** Longer names are no misspelt ones, and the distance takes time with their length. */
const LONGEST = 60;

/**
 * Candidate nearest to a mistyped name, with at most two fifths of the letters wrong; else the only candidate that
 * contains it.
 * @example closest("step", ["steps", "seed"]) // "steps"
 */
export function closest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > LONGEST) return undefined;
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best && best.distance <= 0.4 * Math.max(name.length, best.candidate.length)) return best.candidate;
  const parts = candidates.filter((c) => name.length >= 3 && c.includes(name));
  return parts.length === 1 ? parts[0] : undefined;
}

/** Suggestion " Did you mean X?", or empty. */
export function didYouMean(
  name: string,
  candidates: readonly string[],
  show: (name: string) => string = (x) => x,
): string {
  const found = closest(name, candidates);
  return found === undefined ? "" : ` Did you mean ${show(found)}?`;
}
