/** @file Validation pairs: those that a set keeps apart, or some taken out of its training text. */

import { ConfigError } from "../../errors.ts";
import { sha256 } from "../dataset.ts";
import { splitValidation } from "../split.ts";
import type { Pairs, PairSet } from "./pairs.ts";
import { pickPairs } from "./pick-pairs.ts";

export interface PairSplit {
  /** Positions in the set's training pairs, ascending. */
  readonly train: Uint32Array;
  /** Never in `train`, and without noise. */
  readonly valid: Pairs;
  /** SHA-256 over the positions of training, then of validation pairs, hex. */
  readonly hash: string;
}

/** Pairs that are taken out where nobody says how many. */
const USUAL = 1000;

/**
 * Splits a set. The choice depends on the seed alone.
 *
 * @param size validation pairs; by default all that the set keeps apart, else 1,000
 * @throws ConfigError if there are not as many, or none are left to train on
 */
export function splitPairs(
  { train, valid }: Pick<PairSet, "train" | "valid">,
  size: number | undefined,
  seed: number,
): PairSplit {
  const all = train.source.length;
  if (valid === undefined) {
    const split = splitAt(all, size ?? USUAL, seed);
    return { train: split.train, valid: pickPairs(train, split.valid), hash: split.hash };
  }
  const there = valid.source.length;
  const [every, own] = [positions(all), positions(there)];
  if (size !== undefined && size > there) {
    throw new ConfigError(
      `--valid: expected at most the ${there} pairs that the set keeps apart, got ${size}. Say --valid ${there}`,
    );
  }
  const chosen = size === undefined || size === there ? own : splitAt(there, size, seed).valid;
  return { train: every, valid: pickPairs(valid, chosen), hash: sha256(every, chosen) };
}

/** All pairs are of one class, so nothing is balanced. */
const splitAt = (count: number, size: number, seed: number) => splitValidation(new Uint8Array(count), 1, size, seed);

const positions = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);
