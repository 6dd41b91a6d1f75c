/** @file Models of the next token without a network, and their sequences by complete enumeration. */

import type { Next } from "../../src/decode/beam-search.ts";
import { Random } from "../../src/random.ts";
import { tensor } from "../../src/tensor.ts";

export const PAD = 1;
export const END = 2;

/** ln p of the next token after a sequence. */
export type After = (tokens: readonly number[]) => ArrayLike<number>;

/** A model by its rule, which keeps the sequence of every row. */
export function model(after: After, V: number): Next {
  let sequences: number[][] = [];
  return (tokens, from) => {
    const first = sequences.length === 0;
    sequences = Array.from(from, (row, r) => (first ? [] : [...sequences[row]!, tokens[r]!]));
    const data = new Float64Array(sequences.length * V);
    for (const [r, sequence] of sequences.entries()) data.set(after(sequence), r * V);
    return Promise.resolve(tensor(data, [sequences.length, V]));
  };
}

/** Random probabilities that depend on the whole sequence. */
export const randomAfter =
  (seed: number, V: number): After =>
  (tokens) => {
    const random = new Random(seed, `toy ${tokens.join(" ")}`);
    const logits = Array.from({ length: V }, () => 2 * random.normal());
    const total = Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0));
    return logits.map((z) => z - total);
  };
