/** @file Sentence pairs as plain data: two lists of lines, and sets of them. */

import { createHash } from "node:crypto";
import { DataError } from "../../errors.ts";
import type { Merge } from "../text/merges.ts";

/** Line n of both lists translates the same sentence. Words lie between spaces. */
export interface Pairs {
  readonly source: readonly string[];
  readonly target: readonly string[];
}

export interface TrainPairs extends Pairs {
  /** `[N]` place of each pair in the text before cleaning, from 0. Noise is drawn by it. */
  readonly lines: Uint32Array;
}

/** Numbers of pairs that were left out, each counted under the first reason that holds. */
export interface Dropped {
  /** A side without a word. */
  readonly empty: number;
  /** A side of too many words. */
  readonly long: number;
  /** Sides of too different lengths. */
  readonly ratio: number;
  /** A word of more than 1,000 characters. */
  readonly word: number;
}

export interface PairSet {
  readonly name: string;
  /** Of source and target, as file names end: `de`, `en`. */
  readonly languages: readonly [source: string, target: string];
  readonly train: TrainPairs;
  /** Clean pairs that the set keeps apart; taken out of `train` where absent. */
  readonly valid?: Pairs;
  /** By name, the most important one first. */
  readonly tests: Readonly<Record<string, Pairs>>;
  /** Training pairs that cleaning left out. */
  readonly dropped: Dropped;
  /** BPE merges that came with the text. */
  readonly merges?: readonly Merge[];
  /** SHA-256 over all lines, hex. */
  readonly hash: string;
}

/**
 * Checks the parts of a set and hashes them.
 * @throws DataError for a part without pairs, for lists of different lengths, and for text in pieces
 */
export function makePairSet(parts: Omit<PairSet, "hash">): PairSet {
  const named = { train: parts.train, ...(parts.valid && { valid: parts.valid }), ...parts.tests };
  const hash = createHash("sha256");
  for (const [part, { source, target }] of Object.entries(named)) {
    checkPart(`${parts.name}: ${part}`, source, target);
    hash.update(`${part} ${source.length}\n`);
    for (const lines of [source, target]) hash.update(lines.map((line) => `${line}\n`).join(""));
  }
  return { ...parts, hash: hash.digest("hex") };
}

function checkPart(where: string, source: readonly string[], target: readonly string[]): void {
  if (source.length !== target.length) {
    throw new DataError(`${where}: expected as many source as target lines, got ${source.length} and ${target.length}`);
  }
  if (source.length === 0) throw new DataError(`${where}: expected sentence pairs, got none`);
  const split = source.filter((line) => line.includes("@@ ")).length;
  if (split > source.length / 10) {
    throw new DataError(
      `${where}: expected whole words, got pieces: ${split} of ${source.length} source lines hold "@@ ". ` +
        "Name the text from before BPE; reweight splits it itself",
    );
  }
}

/** Pairs of several parts, one after the other. */
export const joined = (...parts: readonly Pairs[]): Pairs => ({
  source: parts.flatMap(({ source }) => source),
  target: parts.flatMap(({ target }) => target),
});
