/** @file Translation: a set of sentence pairs, split, spoilt and as ids. The split precedes the noise. */

import { sha256 } from "../../data/dataset.ts";
import type { NoiseStream } from "../../data/noise/noise.ts";
import { parsePairNoise } from "../../data/pairs/noise/parse-pair-noise.ts";
import type { NoisyPairs } from "../../data/pairs/noise/pair-noise.ts";
import type { Dropped, Pairs, PairSet, TrainPairs } from "../../data/pairs/pairs.ts";
import { pickPairs } from "../../data/pairs/pick-pairs.ts";
import type { EncodedPairs, Spelling } from "../../data/pairs/spelling.ts";
import { encodePairs, spellingOf } from "../../data/pairs/spelling.ts";
import { splitPairs } from "../../data/pairs/split-pairs.ts";
import { limitExamples } from "../../data/split.ts";
import { lengthsOf } from "../../data/text/ragged.ts";
import { ConfigError } from "../../errors.ts";
import type { TokenOptions } from "../../objectives/tokens.ts";
import type { Bucket, PairLengths } from "./buckets.ts";
import { chooseBuckets } from "./buckets.ts";
import type { DataHashes } from "../task.ts";

/** Pairs of a part, as text and as ids. */
export interface PairExamples {
  readonly count: number;
  readonly pairs: Pairs;
  readonly ids: EncodedPairs;
  readonly lengths: PairLengths;
}

export interface TrainPairExamples extends PairExamples {
  /** As they were before noise: for measuring only, never for training. */
  readonly clean: Pairs;
  /** `[count]` places in the text before cleaning. */
  readonly lines: Uint32Array;
  /** `[count]` 1 for a spoilt pair */
  readonly mask: Uint8Array;
}

export interface PairData {
  readonly name: string;
  readonly seed: number;
  readonly languages: PairSet["languages"];
  readonly spelling: Spelling;
  readonly objective: Omit<TokenOptions, "vocabulary">;
  /** Setting in normal form. */
  readonly noise: string;
  readonly noiseSeed: number;
  readonly train: TrainPairExamples;
  readonly valid: PairExamples;
  readonly test: PairExamples;
  /** Training pairs that were left out. */
  readonly dropped: Dropped & { readonly pieces: number };
  /** From the cheapest to the one that holds all training pairs. */
  readonly buckets: readonly Bucket[];
  readonly tokens: number;
  /** SHA-256, hex */
  readonly hashes: DataHashes;
}

export interface PairDataOptions {
  /** Merges of BPE. */
  readonly bpe: number;
  /** Pieces of a side with `</s>`, at most, of training pairs. */
  readonly maxLength: number;
  /** Places of a side of a batch, at most. */
  readonly tokens: number;
  readonly buckets: number;
  readonly valid: number;
  readonly noise: string;
  readonly seed: number;
  readonly noiseSeed?: number | undefined;
  readonly trainLimit?: number | undefined;
  readonly testLimit?: number | undefined;
  readonly objective: PairData["objective"];
}

/**
 * Splits a set of pairs, draws the noise and turns words into ids. Merges and dictionary come from the clean training text,
 * whatever is split off it: runs of any seed and noise share them. Noise is drawn for each pair of the text by its place.
 *
 * @throws ConfigError if settings do not fit the data
 */
export function preparePairs(set: PairSet, options: PairDataOptions): PairData {
  const { seed, noiseSeed = seed, maxLength, tokens } = options;
  for (const [name, value] of Object.entries({ seed, noiseSeed })) {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32)
      throw new ConfigError(`${name}: expected an integer in [0, 2³²), got ${value}`);
  }
  const spelling = spellingOf(set, options.bpe);
  const split = splitPairs(set, options.valid, seed);
  const some = limited(split.train, set.train, options.trainLimit, seed, "train");
  const setting = parsePairNoise(options.noise);
  const all = trainExamples(set.train, some, setting.spoil(set.train, some, noiseSeed, "noise"), spelling);
  const short = shortPairs(all.lengths, maxLength);
  if (short.length === 0) {
    throw new ConfigError(`--max-length: expected pairs of at most ${maxLength} pieces, got none. Raise it`);
  }
  const kept = Uint32Array.from(short, (n) => some[n]!);
  // Only what is trained on counts in the hash.
  const noisy = setting.spoil(set.train, kept, noiseSeed, "noise");
  const train = kept.length === some.length ? all : trainExamples(set.train, kept, noisy, spelling);
  const [first] = Object.values(set.tests);
  const tested = limited(Uint32Array.from(first!.source.keys()), first!, options.testLimit, seed, "test");
  const known = `${set.hash} ${spelling.hashes.merges} ${spelling.hashes.dictionary}`;
  return {
    name: set.name,
    seed,
    languages: set.languages,
    spelling,
    objective: options.objective,
    noise: setting.text,
    noiseSeed,
    train,
    valid: examples(split.valid, spelling),
    test: examples(pickPairs(first!, tested), spelling),
    dropped: { ...set.dropped, pieces: some.length - kept.length },
    buckets: chooseBuckets(train.lengths, options.buckets, tokens),
    tokens,
    hashes: {
      dataset: sha256(new TextEncoder().encode(known)),
      split: split.hash,
      noise: noisy.hash,
      vocabulary: spelling.hashes.dictionary,
    },
  };
}

/**
 * Validation pairs as training part, spoilt as those of training are.
 * @throws ConfigError unless some of them are spoilt and some are not
 */
export function annotatedPairs(data: PairData): PairData {
  const { pairs, count } = data.valid;
  const places = Uint32Array.from({ length: count }, (_, i) => i);
  const clean: TrainPairs = { ...pairs, lines: places };
  const stream: NoiseStream = "validation noise";
  const noisy = parsePairNoise(data.noise).spoil(clean, places, data.noiseSeed, stream);
  if (noisy.rate === 0 || noisy.rate === 1) {
    throw new ConfigError(
      `--noise: expected spoilt and clean pairs among the validation pairs, to learn what tells them apart; with --noise ${data.noise} ` +
        `${noisy.rate === 0 ? "none" : "each"} of ${count} is spoilt. Choose another noise, or a larger --valid`,
    );
  }
  const train = trainExamples(clean, places, noisy, data.spelling);
  const count8 = data.buckets.length;
  return { ...data, train, buckets: chooseBuckets(train.lengths, count8, data.tokens) };
}

function examples(pairs: Pairs, spelling: Spelling): PairExamples {
  const ids = encodePairs(pairs, spelling);
  const lengths = { source: lengthsOf(ids.source), target: lengthsOf(ids.target) };
  return { count: pairs.source.length, pairs, ids, lengths };
}

function trainExamples(
  all: TrainPairs,
  positions: Uint32Array,
  noisy: NoisyPairs,
  spelling: Spelling,
): TrainPairExamples {
  const { source, target, mask } = noisy;
  return {
    ...examples({ source, target }, spelling),
    clean: pickPairs(all, positions),
    lines: Uint32Array.from(positions, (position) => all.lines[position]!),
    mask,
  };
}

/** All pairs are of one class, so no proportions are kept. */
const limited = (at: Uint32Array, { source }: Pairs, limit: number | undefined, seed: number, part: "train" | "test") =>
  limitExamples(at, new Uint8Array(source.length), 1, limit, seed, part);

const shortPairs = ({ source, target }: PairLengths, most: number): number[] =>
  [...source.keys()].filter((n) => source[n]! <= most && target[n]! <= most);
