/** @file A task of sentence pairs as a plain record: lengths, buckets, noise, hashes. */

import { MASK } from "../../data/text/dictionary.ts";
import { wordsBetweenSpaces } from "../../data/text/words.ts";
import { median } from "../../statistics.ts";
import type { PairRecord } from "../record.ts";
import { BucketOrder } from "./bucket-order.ts";
import { bucketFor } from "./buckets.ts";
import type { PairData, PairExamples } from "./prepare.ts";

/** Describes pairs that were split and spoilt. @param bpe merges that were asked for */
export function describePairs(data: PairData, bpe: number): PairRecord {
  const { name, seed, languages, spelling, train, valid, test, noise, dropped, hashes, buckets } = data;
  const spoilt = train.mask.reduce((sum, flag) => sum + flag, 0);
  const words = [train.pairs.source, train.pairs.target].map((lines) => lines.flatMap(wordsBetweenSpaces));
  const masked = words.flat().filter((word) => word === MASK).length;
  return {
    name,
    languages,
    seed,
    counts: { train: train.count, valid: valid.count, test: test.count },
    dropped,
    vocabulary: { size: spelling.dictionary.symbols.length, bpe, sha256: spelling.hashes.dictionary },
    merges: { count: spelling.merges.length, sha256: spelling.hashes.merges },
    lengths: { source: lengthFacts(train.lengths.source), target: lengthFacts(train.lengths.target) },
    buckets: bucketFacts(train, data),
    stepsPerEpoch: new BucketOrder(train.lengths, buckets, seed).stepsPerPass,
    fill: fillOf(data),
    noise: {
      spec: noise,
      rate: spoilt / train.count,
      maskedWords: masked / Math.max(1, words.flat().length),
    },
    hashes,
  };
}

function lengthFacts(lengths: Uint32Array) {
  const sorted = lengths.slice().sort();
  return {
    mean: lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
    median: median(Array.from(lengths))!,
    most99: sorted[Math.ceil(0.99 * sorted.length) - 1]!,
    max: sorted.at(-1)!,
  };
}

function bucketFacts({ lengths: { source, target } }: PairExamples, { buckets }: PairData) {
  const pairs = new Uint32Array(buckets.length);
  for (const n of source.keys()) pairs[bucketFor(buckets, { source: source[n]!, target: target[n]! })]!++;
  return buckets.map((bucket, k) => ({ ...bucket, pairs: pairs[k]! }));
}

/** Share of the places of a pass's batches, both sides, that hold a piece. */
function fillOf({ train, buckets, seed }: PairData): number {
  const order = new BucketOrder(train.lengths, buckets, seed);
  let [real, all] = [0, 0];
  for (let draw = 0; draw < order.stepsPerPass; draw++) {
    const { bucket, positions } = order.batch(draw);
    all += bucket.size * (bucket.source + bucket.target);
    for (const n of positions) real += train.lengths.source[n]! + train.lengths.target[n]!;
  }
  return real / all;
}
