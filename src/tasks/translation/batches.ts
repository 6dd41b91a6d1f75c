/**
 * @file Batches of sentence pairs in buckets. Which pairs a batch holds depends on (seed, pass, index) alone: any batch can
 * be made again at any time.
 */

import { Random } from "../../random.ts";
import type { Batch, Batches, PartName, Row } from "../batches.ts";
import { checkDraw } from "../passes.ts";
import { pairArrays } from "./arrays.ts";
import { BucketOrder } from "./bucket-order.ts";
import type { Bucket } from "./buckets.ts";
import { bucketFor, holds, sizeFor } from "./buckets.ts";
import type { PairData, PairExamples } from "./prepare.ts";

/** Nothing is trusted and trained on. */
const NONE: PairExamples = {
  count: 0,
  pairs: { source: [], target: [] },
  ids: {
    source: { values: new Int32Array(), offsets: new Uint32Array(1) },
    target: { values: new Int32Array(), offsets: new Uint32Array(1) },
  },
  lengths: { source: new Uint32Array(), target: new Uint32Array() },
};

export class PairBatches implements Batches {
  readonly stepsPerPass: number;
  readonly #order: BucketOrder;
  readonly #seed: number;
  readonly #parts: Readonly<Record<PartName, PairExamples>>;
  readonly #buckets: readonly Bucket[];
  /** Those of training, and one for what is longer than all of these. */
  readonly #wide: Readonly<Record<PartName, readonly Bucket[]>>;
  /** Validation pairs by bucket. */
  readonly #guides: readonly (readonly number[])[];

  /** @throws ConfigError if not a single batch gets full */
  constructor({ seed, train, valid, test, buckets, tokens }: PairData) {
    this.#seed = seed;
    this.#buckets = buckets;
    this.#order = new BucketOrder(train.lengths, buckets, seed);
    this.stepsPerPass = this.#order.stepsPerPass;
    this.#parts = { train, valid, trusted: NONE, test };
    const wide = (part: PairExamples) => withLonger(part, buckets, tokens);
    this.#wide = { train: buckets, valid: wide(valid), trusted: buckets, test: wide(test) };
    this.#guides = byBucket(valid, this.#wide.valid);
  }

  rows(draw: number): readonly Row[] {
    checkDraw(draw);
    const pass = Math.floor(draw / this.stepsPerPass);
    return Array.from(this.#order.batch(draw).positions, (position) => ({ position, pass }));
  }

  full(waiting: readonly Row[]): number {
    const { source, target } = this.#parts.train.lengths;
    const longest = { source: 1, target: 1 };
    for (const [i, { position }] of waiting.entries()) {
      longest.source = Math.max(longest.source, source[position]!);
      longest.target = Math.max(longest.target, target[position]!);
      const { size } = this.#buckets[bucketFor(this.#buckets, longest)]!;
      if (i + 1 >= size) return size;
    }
    return 0;
  }

  collate(rows: readonly Row[]): Batch {
    const positions = Uint32Array.from(rows, ({ position }) => position);
    const { lengths } = this.#parts.train;
    const fit = this.#buckets.filter((bucket) => holdsAll(bucket, lengths, positions));
    // A batch of leftovers may fit a smaller bucket too; that of its own size has no empty rows.
    const bucket =
      fit.find(({ size }) => size === positions.length) ?? fit.find(({ size }) => size > positions.length)!;
    return batchOf(this.#parts.train, positions, bucket);
  }

  /** One bucket, drawn by its share of the validation pairs, filled with different pairs of it. Nothing is varied. */
  clean(update: number): Batch {
    const random = new Random(this.#seed, "valid", update);
    const { count } = this.#parts.valid;
    let at = Math.floor(random.uniform() * count);
    const which = this.#guides.findIndex((members) => (at -= members.length) < 0);
    const [bucket, members] = [this.#wide.valid[which]!, this.#guides[which]!];
    const order = random.permutation(members.length).subarray(0, bucket.size);
    return batchOf(
      this.#parts.valid,
      Uint32Array.from(order, (i) => members[i]!),
      bucket,
    );
  }

  plain(part: PartName, positions: Uint32Array): Batch {
    const { lengths } = this.#parts[part];
    const extents = this.#wide[part].find((bucket) => holdsAll(bucket, lengths, positions))!;
    return batchOf(this.#parts[part], positions, { ...extents, size: positions.length });
  }

  *of(part: PartName): Iterable<Batch> {
    const examples = this.#parts[part];
    const buckets = this.#wide[part];
    for (const [k, members] of byBucket(examples, buckets).entries()) {
      const { size } = buckets[k]!;
      for (let from = 0; from < members.length; from += size) {
        yield batchOf(examples, Uint32Array.from(members.slice(from, from + size)), buckets[k]!);
      }
    }
  }
}

function batchOf({ ids, lengths }: PairExamples, positions: Uint32Array, bucket: Bucket): Batch {
  return {
    arrays: { ...pairArrays(ids, positions, bucket) },
    positions,
    size: positions.length,
    parts: Uint32Array.from(positions, (position) => lengths.target[position]!),
  };
}

const holdsAll = (bucket: Bucket, { source, target }: PairExamples["lengths"], positions: Uint32Array): boolean =>
  positions.every((n) => holds(bucket, { source: source[n]!, target: target[n]! }));

/** Positions of pairs by the cheapest bucket that holds each. */
function byBucket({ lengths: { source, target } }: PairExamples, buckets: readonly Bucket[]): number[][] {
  const members = buckets.map((): number[] => []);
  for (const n of source.keys()) members[bucketFor(buckets, { source: source[n]!, target: target[n]! })]!.push(n);
  return members;
}

/** Buckets that hold all pairs of a part: evaluation leaves none out. */
function withLonger({ lengths }: PairExamples, buckets: readonly Bucket[], tokens: number): readonly Bucket[] {
  const largest = buckets.at(-1)!;
  const longest = {
    source: lengths.source.reduce((a, b) => Math.max(a, b), largest.source),
    target: lengths.target.reduce((a, b) => Math.max(a, b), largest.target),
  };
  if (holds(largest, longest)) return buckets;
  const most = Math.max(tokens, longest.source, longest.target);
  return [...buckets, { ...longest, size: sizeFor(longest, most) }];
}
