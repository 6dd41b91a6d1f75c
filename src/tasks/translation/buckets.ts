/**
 * @file Buckets: the few shapes that batches of sentence pairs have. Every batch of a bucket has exactly its extents, so each
 * bucket needs one compiled program.
 */

import { ConfigError } from "../../errors.ts";

/** Lengths of pairs, `</s>` included: `[n]` each. */
export interface PairLengths {
  readonly source: Uint32Array;
  readonly target: Uint32Array;
}

/** Places of a pair's two sides. */
export interface Extents {
  readonly source: number;
  readonly target: number;
}

export interface Bucket extends Extents {
  /** Pairs of a batch. */
  readonly size: number;
}

/** Sizes are multiples of this, which suits matrix products. */
const MULTIPLE = 8;

export const holds = (outer: Extents, inner: Extents): boolean =>
  inner.source <= outer.source && inner.target <= outer.target;

const placesOf = ({ source, target }: Extents): number => source + target;

/**
 * Chooses buckets for these lengths, from the cheapest to the one that holds all pairs: first the rectangle that holds all,
 * then again and again the one that saves most padded places, then each but the first is placed once more.
 *
 * @param count of buckets; fewer come out when no further one saves anything
 * @param tokens places of one side of a batch, at most
 * @throws ConfigError for a count below 1, and for fewer tokens than the longest sentence has
 */
export function chooseBuckets(lengths: PairLengths, count: number, tokens: number): Bucket[] {
  if (!Number.isInteger(count) || count < 1) throw new ConfigError(`buckets: expected an integer ≥ 1, got ${count}`);
  const whole = { source: longest(lengths.source), target: longest(lengths.target) };
  const counts = new LengthCounts(lengths, whole);
  const chosen: Extents[] = [whole];
  while (chosen.length < count) {
    const next = counts.bestBeside(chosen);
    if (next === undefined) break;
    chosen.push(next);
  }
  for (let i = 1; i < chosen.length; i++) {
    chosen[i] = counts.bestBeside(chosen.filter((_, other) => other !== i)) ?? chosen[i]!;
  }
  chosen.sort((a, b) => placesOf(a) - placesOf(b) || a.source - b.source);
  return chosen.map((extents) => ({ ...extents, size: sizeFor(extents, tokens) }));
}

/**
 * Pairs of a batch: as many as the tokens allow, in multiples of 8 where it is at least that many.
 * @throws ConfigError where there is no place for one
 */
export function sizeFor({ source, target }: Extents, tokens: number): number {
  const most = Math.floor(tokens / Math.max(source, target));
  if (!(most >= 1)) {
    throw new ConfigError(
      `tokens: expected at least ${Math.max(source, target)}, the pieces of the longest sentence, got ${tokens}. Use more tokens, or a smaller longest length`,
    );
  }
  return most < MULTIPLE ? most : most - (most % MULTIPLE);
}

/** Index of the cheapest bucket that holds a pair; −1 if none does. @param buckets from the cheapest on */
export const bucketFor = (buckets: readonly Bucket[], pair: Extents): number =>
  buckets.findIndex((bucket) => holds(bucket, pair));

const longest = (lengths: Uint32Array): number => lengths.reduce((a, b) => Math.max(a, b), 1);

/** Numbers of pairs by both lengths. */
class LengthCounts {
  /** `[source · target]`, from length 1 on */
  readonly #counts: Float64Array;
  readonly #whole: Extents;

  constructor({ source, target }: PairLengths, whole: Extents) {
    this.#whole = whole;
    this.#counts = new Float64Array(whole.source * whole.target);
    for (const [n, length] of source.entries()) this.#counts[this.#cell(length, target[n]!)]!++;
  }

  /** The rectangle that saves most places beside others, one of which holds all; undefined where none saves any. */
  bestBeside(others: readonly Extents[]): Extents | undefined {
    const groups = this.#groups([...others].sort((a, b) => placesOf(a) - placesOf(b)));
    let best: Extents | undefined;
    let most = 0;
    for (let source = 1; source <= this.#whole.source; source++) {
      for (let target = 1; target <= this.#whole.target; target++) {
        let saved = 0;
        for (const { places, within } of groups) {
          if (places > source + target) saved += within[this.#cell(source, target)]! * (places - source - target);
        }
        if (saved > most) [best, most] = [{ source, target }, saved];
      }
    }
    return best;
  }

  /** For each bucket, how many of its pairs lie within each rectangle. @param buckets from the cheapest on */
  #groups(buckets: readonly Extents[]): { readonly places: number; readonly within: Float64Array }[] {
    const groups = buckets.map((bucket) => ({
      places: placesOf(bucket),
      within: new Float64Array(this.#counts.length),
    }));
    for (let source = 1; source <= this.#whole.source; source++) {
      for (let target = 1; target <= this.#whole.target; target++) {
        const own = buckets.findIndex((bucket) => holds(bucket, { source, target }));
        const at = this.#cell(source, target);
        for (const [k, { within }] of groups.entries()) {
          const [left, above, both] = [
            source > 1 ? within[this.#cell(source - 1, target)]! : 0,
            target > 1 ? within[this.#cell(source, target - 1)]! : 0,
            source > 1 && target > 1 ? within[this.#cell(source - 1, target - 1)]! : 0,
          ];
          within[at] = left + above - both + (k === own ? this.#counts[at]! : 0);
        }
      }
    }
    return groups;
  }

  #cell(source: number, target: number): number {
    return (source - 1) * this.#whole.target + target - 1;
  }
}
