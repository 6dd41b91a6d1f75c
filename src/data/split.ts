/** @file Splits: a balanced clean validation set taken out of the training set, and smaller subsets. */

import { ConfigError, DataError } from "../errors.ts";
import { Random } from "../random.ts";
import { sha256 } from "./dataset.ts";
import type { Labels } from "./labels.ts";
import { classCounts, pickLabels } from "./labels.ts";

export interface Split {
  /** original indices, ascending */
  readonly train: Uint32Array;
  /** original indices, ascending; disjoint from `train` */
  readonly valid: Uint32Array;
  /** SHA-256 over `train`, then `valid` (uint32, little-endian) */
  readonly hash: string;
}

/**
 * Takes a class-balanced validation set out of the training set: ⌊size/K⌋ examples of each class, and one more of each
 * of the first size mod K classes, chosen by a shuffle of each class that depends on the seed alone. Do this before
 * labels are corrupted.
 *
 * @param labels `[N]` clean labels
 * @throws ConfigError if the size leaves no training examples, or exceeds the examples of a class
 */
export function splitValidation(labels: Labels, classes: number, size: number, seed: number): Split {
  if (!Number.isInteger(size) || size < 0)
    throw new ConfigError(`validation size: expected an integer ≥ 0, got ${size}`);
  if (size >= labels.length && size > 0) {
    throw new ConfigError(
      `validation size: ${size} leaves nothing to train on: there are ${labels.length} training examples`,
    );
  }
  const taken = new Uint8Array(labels.length);
  for (const [label, members] of shuffledClasses(labels, classes, seed, "split").entries()) {
    const quota = Math.floor(size / classes) + (label < size % classes ? 1 : 0);
    if (quota > members.length) {
      throw new ConfigError(
        `validation size: ${size} needs ${quota} examples of class ${label}, which has ${members.length}. ` +
          `At most ${classes * Math.min(...classCounts(labels, classes))} can be balanced`,
      );
    }
    for (const index of members.slice(0, quota)) taken[index] = 1;
  }
  const all = Array.from(labels.keys());
  return makeSplit(
    Uint32Array.from(all.filter((i) => taken[i] === 0)),
    Uint32Array.from(all.filter((i) => taken[i] === 1)),
  );
}

/**
 * The same for a set that keeps some of its examples for validation: a random subset of these, in their class
 * proportions. None of them is trained on.
 *
 * @param kept original indices, ascending
 * @throws ConfigError if more are asked for
 */
export function splitApart(
  name: string,
  labels: Labels,
  classes: number,
  kept: Uint32Array,
  size: number,
  seed: number,
): Split {
  if (!Number.isInteger(size) || size < 0 || size > kept.length) {
    throw new ConfigError(
      `validation size: expected an integer from 0 to ${kept.length}, the validation examples of ${name}, got ${size}`,
    );
  }
  const own = new Set(kept);
  const valid = size === 0 ? new Uint32Array() : limitExamples(kept, labels, classes, size, seed, "valid");
  return makeSplit(
    Uint32Array.from(labels.keys()).filter((index) => !own.has(index)),
    valid,
  );
}

/**
 * Checks that the two lists have no index in common and hashes them.
 *
 * @throws DataError if an index is in both
 */
export function makeSplit(train: Uint32Array, valid: Uint32Array): Split {
  const validation = new Set(valid);
  const shared = train.find((index) => validation.has(index));
  if (shared !== undefined)
    throw new DataError(`split: example ${shared} is in the training and in the validation set`);
  return { train, valid, hash: sha256(train, valid) };
}

/**
 * Random subset with the same class proportions, ascending. The choice depends on (seed, original index set) alone. For
 * balanced classes, a larger limit keeps all the examples that a smaller one keeps.
 *
 * @param indices original indices to choose from
 * @param labels `[N]` labels by original index
 * @param limit number to keep; `undefined` or too large a number keeps all
 * @param part random stream, so that the draws for training and test are independent
 */
export function limitExamples(
  indices: Uint32Array,
  labels: Labels,
  classes: number,
  limit: number | undefined,
  seed: number,
  part: "train" | "valid" | "test",
): Uint32Array {
  if (limit === undefined) return indices;
  if (!Number.isInteger(limit) || limit < 1)
    throw new ConfigError(`${part} limit: expected an integer ≥ 1, got ${limit}`);
  if (limit >= indices.length) return indices;
  const own = pickLabels(labels, indices);
  const quotas = proportional(classCounts(own, classes), limit);
  const kept = shuffledClasses(own, classes, seed, `limit-${part}`).flatMap((members, label) =>
    members.slice(0, quotas[label]),
  );
  return Uint32Array.from(kept, (position) => indices[position]!).sort();
}

/** Divides `total` in proportion to `counts`, by largest remainders; ties go to the lower class. */
function proportional(counts: readonly number[], total: number): number[] {
  const sum = counts.reduce((a, b) => a + b, 0);
  const exact = counts.map((count) => (count * total) / sum);
  const shares = exact.map(Math.floor);
  const left = total - shares.reduce((a, b) => a + b, 0);
  const byRemainder = exact.map((_, i) => i).sort((a, b) => exact[b]! - shares[b]! - (exact[a]! - shares[a]!) || a - b);
  for (const i of byRemainder.slice(0, left)) shares[i]!++;
  return shares;
}

/**
 * Divides trusted examples: a share of each class, rounded down, enters training, the others stay apart.
 *
 * @param indices original indices, ascending
 * @param labels `[N]` labels by original index
 * @param share in [0, 1]
 * @returns original indices, ascending
 */
export function divideTrusted(
  indices: Uint32Array,
  labels: Labels,
  classes: number,
  share: number,
  seed: number,
): { readonly trained: Uint32Array; readonly apart: Uint32Array } {
  const taken = new Set<number>();
  for (const members of shuffledClasses(pickLabels(labels, indices), classes, seed, "trusted")) {
    for (const position of members.slice(0, Math.floor(share * members.length))) taken.add(indices[position]!);
  }
  return { trained: indices.filter((i) => taken.has(i)), apart: indices.filter((i) => !taken.has(i)) };
}

/** Positions in `labels` of each class, in random order. */
export function shuffledClasses(labels: Labels, classes: number, seed: number, stream: string): number[][] {
  const members = Array.from({ length: classes }, (): number[] => []);
  for (const [position, label] of labels.entries()) members[label]!.push(position);
  return members.map((list, label) => {
    const order = new Random(seed, stream, label).permutation(list.length);
    return Array.from(order, (i) => list[i]!);
  });
}
