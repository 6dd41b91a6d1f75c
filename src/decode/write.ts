/** @file Sentences written by a student: many of them, in batches of few shapes. */

import type { Tensor } from "../tensor.ts";
import { tensor } from "../tensor.ts";
import type { Hypothesis, SearchOptions } from "./beam-search.ts";
import { beamSearch } from "./beam-search.ts";
import type { Writer } from "./cached-next.ts";
import { CachedNext, placesFor } from "./cached-next.ts";

export interface WriteOptions extends SearchOptions {
  /** The most tokens before the end, of a source of so many. */
  readonly limit: (sourceTokens: number) => number;
}

/** Sentences of a batch, and the tokens of their sources with padding, at most. */
const MOST_SENTENCES = 64;
const MOST_TOKENS = 4096;

/** Sources have at least so many places. */
const SHORTEST = 16;

/**
 * The likeliest sequences for each source, in the order of the sources. Neither order nor neighbours change them, but
 * for rounding.
 *
 * @param sources tokens of each, at least one
 * @throws DataError for a student whose output is not a number
 */
export async function write(
  writer: Writer,
  sources: readonly Int32Array[],
  options: WriteOptions,
): Promise<Hypothesis[][]> {
  const found = new Array<Hypothesis[]>(sources.length);
  for (const batch of batchesOf(sources)) {
    const inputs = sourceArrays(batch, sources, options.pad);
    const { next } = await CachedNext.of(writer, inputs, options.beam, batch.length);
    const limits = batch.map((at) => options.limit(sources[at]!.length));
    const hypotheses = await beamSearch(next, limits, options);
    for (const [i, at] of batch.entries()) found[at] = hypotheses[i]!;
  }
  return found;
}

/** Places of a source, so that few programs do: 16, 32, 64, … */
const extentOf = (tokens: number): number => Math.max(SHORTEST, 2 ** Math.ceil(Math.log2(tokens)));

/** Sources of similar length together: a short sentence is done sooner, and needs less padding. */
function batchesOf(sources: readonly Int32Array[]): number[][] {
  const order = Array.from(sources.keys()).sort((a, b) => sources[a]!.length - sources[b]!.length);
  const batches: number[][] = [];
  for (const at of order) {
    const extent = extentOf(sources[at]!.length);
    const last = batches.at(-1);
    const fits =
      last !== undefined &&
      extentOf(sources[last[0]!]!.length) === extent &&
      last.length < Math.min(MOST_SENTENCES, Math.max(1, MOST_TOKENS / extent));
    if (fits) last.push(at);
    else batches.push([at]);
  }
  return batches;
}

/** `source` and `sourceReal`, `[N, S]`. Rows beyond the batch read its first source. */
function sourceArrays(
  batch: readonly number[],
  sources: readonly Int32Array[],
  pad: number,
): Readonly<Record<"source" | "sourceReal", Tensor>> {
  const N = placesFor(batch.length);
  const S = extentOf(Math.max(...batch.map((at) => sources[at]!.length)));
  const source = new Int32Array(N * S).fill(pad);
  const real = new Float32Array(N * S);
  for (let n = 0; n < N; n++) {
    const tokens = sources[batch[n] ?? batch[0]!]!;
    source.set(tokens, n * S);
    real.fill(1, n * S, n * S + tokens.length);
  }
  return { source: tensor(source, [N, S]), sourceReal: tensor(real, [N, S]) };
}
