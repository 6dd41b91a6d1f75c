/**
 * @file Beam search by fairseq's rules: which sequences of tokens a model finds likely, given nothing but its
 * probabilities of the next token.
 *
 * Each step keeps the best 2 · beam continuations of a sentence. One that ends is a finished hypothesis if it is among
 * the best `beam`; the best `beam` of the others live on. A sentence is done with `beam` hypotheses, or at its limit,
 * where only the end is allowed. Padding is never allowed, and the end not as first token. Equal scores: the smaller
 * beam first, then the smaller token.
 */

import { ConfigError, DataError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { Best } from "./best.ts";

/**
 * ln p `[R, V]` of the token that follows each of R rows, `beam` rows for each sentence that is not yet done.
 * @param tokens `[R]` last token of each row; of the first call, the end: it begins every sequence
 * @param from `[R]` the row of the call before that each row continues; of the first call, the row itself. Rows of
 * sentences that are done are no longer asked for
 */
export type Next = (tokens: Int32Array, from: Int32Array) => Promise<Tensor>;

export interface SearchOptions {
  /** Sequences that are followed at a time, from 1 on. 1 is greedy. */
  readonly beam: number;
  /** Scores are Σ ln p / tokensᵖ, the end counted: 0 prefers short sequences, 1 is the mean. */
  readonly lengthPenalty: number;
  readonly pad: number;
  readonly end: number;
}

export interface Hypothesis {
  /** The end is the last one, and only there. */
  readonly tokens: Int32Array;
  readonly score: number;
}

/**
 * Searches for the likeliest sequences of several sentences at a time; they do not influence each other.
 *
 * @param limits of each sentence, the most tokens before the end, from 1 on
 * @returns of each sentence its hypotheses, at most `beam`, the best first
 * @throws ConfigError for a beam or a limit below 1, DataError for probabilities that are not numbers
 */
export async function beamSearch(
  next: Next,
  limits: ArrayLike<number>,
  options: SearchOptions,
): Promise<Hypothesis[][]> {
  const { beam, end } = options;
  checkCount("beam", beam);
  const sentences = Array.from(
    limits,
    (limit, i) => new Sentence(options, checkCount(`limit of sentence ${i}`, limit)),
  );
  const best = new Best(2 * beam);
  let active = sentences;
  let tokens = new Int32Array(active.length * beam).fill(end);
  let from = Int32Array.from(tokens, (_, row) => row);
  while (active.length > 0) {
    const logs = await next(tokens, from);
    const size = logs.data.length / active.length;
    const going = active.flatMap((sentence, at) => {
      sentence.advance(logs.data.subarray(at * size, (at + 1) * size) as Float32Array | Float64Array, best);
      return sentence.isDone ? [] : [{ sentence, at }];
    });
    tokens = Int32Array.from(going.flatMap(({ sentence }) => sentence.beams.map(({ token }) => token)));
    from = Int32Array.from(going.flatMap(({ sentence, at }) => sentence.beams.map((one) => at * beam + one.row)));
    active = going.map(({ sentence }) => sentence);
  }
  return sentences.map(({ finished }) => finished.sort((a, b) => b.score - a.score));
}

function checkCount(what: string, count: number): number {
  if (!Number.isInteger(count) || count < 1) throw new ConfigError(`${what}: expected an integer ≥ 1, got ${count}`);
  return count;
}

/** A sequence that may go on. */
interface Beam {
  readonly token: number;
  /** The sequence without this token; undefined for the one without any. */
  readonly before: Beam | undefined;
  /** Its place among the beams of the step before. */
  readonly row: number;
  /** Σ ln p; −∞ for one that only fills up. */
  readonly score: number;
}

class Sentence {
  readonly finished: Hypothesis[] = [];
  beams: readonly Beam[];
  isDone = false;
  /** Tokens of each beam. */
  #length = 0;
  readonly #options: SearchOptions;
  readonly #limit: number;

  constructor(options: SearchOptions, limit: number) {
    this.#options = options;
    this.#limit = limit;
    this.beams = this.#filled([{ token: options.end, before: undefined, row: 0, score: 0 }]);
  }

  /** One token more. @param logs `[beam, V]`, changed in place @param best free for use */
  advance(logs: Float32Array | Float64Array, best: Best): void {
    const { beam, end, lengthPenalty } = this.#options;
    const V = logs.length / beam;
    this.#offer(logs, V, best);
    const length = ++this.#length;
    const living: Beam[] = [];
    for (let rank = 0; rank < best.count; rank++) {
      const [score, candidate] = [best.scores[rank]!, best.candidates[rank]!];
      const [row, token] = [Math.floor(candidate / V), candidate % V];
      const one: Beam = { token, before: this.beams[row]!, row, score };
      if (token !== end) living.push(one);
      else if (rank < beam && this.finished.length < beam) {
        this.finished.push({ tokens: tokensOf(one, length), score: score / length ** lengthPenalty });
      }
    }
    this.isDone = this.finished.length >= beam || length > this.#limit;
    this.beams = this.#filled(living.slice(0, beam));
  }

  /** All continuations that are allowed, to find the best. */
  #offer(logs: Float32Array | Float64Array, V: number, best: Best): void {
    const { pad, end } = this.#options;
    best.clear();
    for (const [row, { score }] of this.beams.entries()) {
      const start = row * V;
      if (this.#length === this.#limit) {
        best.offer(logs, start + end, start + end + 1, score, start + end);
        continue;
      }
      logs[start + pad] = -Infinity;
      if (this.#length === 0) logs[start + end] = -Infinity;
      best.offer(logs, start, start + V, score, start);
    }
    if (best.count === 0) {
      throw new DataError(
        "beam search: expected ln p of the next token, got not one finite number. The student's parameters have diverged; train it with a lower rate",
      );
    }
  }

  /** As many beams as there are rows. */
  #filled(living: readonly Beam[]): Beam[] {
    const { beam, end } = this.#options;
    const none: Beam = { token: end, before: undefined, row: 0, score: -Infinity };
    return Array.from({ length: beam }, (_, row) => living[row] ?? none);
  }
}

/** A sequence's tokens, without the end that begins each. */
function tokensOf(last: Beam, length: number): Int32Array {
  const tokens = new Int32Array(length);
  for (let i = length - 1, one: Beam = last; i >= 0; i--, one = one.before!) tokens[i] = one.token;
  return tokens;
}
