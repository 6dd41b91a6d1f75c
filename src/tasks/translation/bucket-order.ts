/**
 * @file Which pairs make up which batch. All of it depends on (seed, pass) alone: any batch can be made again at any time.
 */

import { ConfigError, DataError } from "../../errors.ts";
import { Random } from "../../random.ts";
import { checkDraw, LatestPasses } from "../passes.ts";
import type { Bucket, PairLengths } from "./buckets.ts";
import { bucketFor, holds } from "./buckets.ts";

/** A full batch. */
export interface BucketBatch {
  readonly bucket: Bucket;
  /** `[size]` positions of the pairs. */
  readonly positions: Uint32Array;
}

/**
 * Passes over pairs in buckets. In each pass pairs are shuffled inside their buckets. Those that do not fill a last batch
 * go up to the next bucket that holds all of their own, and what is left at the top sits out the pass. Then the order of
 * all batches is shuffled.
 */
export class BucketOrder {
  /** The same in every pass. */
  readonly stepsPerPass: number;
  readonly #buckets: readonly Bucket[];
  readonly #seed: number;
  /** Positions by bucket. */
  readonly #members: readonly (readonly number[])[];
  readonly #passes = new LatestPasses((pass) => this.#fill(pass));

  /**
   * @param buckets from the cheapest on; the last one holds all pairs
   * @throws DataError for a pair that no bucket holds, ConfigError if not a single batch gets full
   */
  constructor({ source, target }: PairLengths, buckets: readonly Bucket[], seed: number) {
    this.#buckets = buckets;
    this.#seed = seed;
    const members = buckets.map((): number[] => []);
    for (const [position, length] of source.entries()) {
      const at = bucketFor(buckets, { source: length, target: target[position]! });
      if (at < 0) {
        throw new DataError(
          `pair ${position}: ${length} and ${target[position]} pieces fit into no bucket. Leave it out of training`,
        );
      }
      members[at]!.push(position);
    }
    this.#members = members;
    this.stepsPerPass = this.#passes.of(0).length;
    if (this.stepsPerPass === 0) {
      throw new ConfigError(
        `--tokens: expected batches that ${source.length} training pairs fill, got fewer pairs than one has. Lower it; --max-length leaves longer pairs out`,
      );
    }
  }

  /** Training batch `draw`, counted from 0 over all passes. @throws ConfigError for anything else */
  batch(draw: number): BucketBatch {
    checkDraw(draw);
    const pass = Math.floor(draw / this.stepsPerPass);
    return this.#passes.of(pass)[draw % this.stepsPerPass]!;
  }

  #fill(pass: number): BucketBatch[] {
    const waiting = this.#members.map((members) => [...members]);
    const batches = this.#buckets.flatMap((bucket, k) => {
      const here = shuffled(waiting[k]!, new Random(this.#seed, "bucket", pass, k));
      const full = here.length - (here.length % bucket.size);
      const above = this.#buckets.findIndex((other, up) => up > k && holds(other, bucket));
      if (above >= 0) waiting[above]!.push(...here.slice(full));
      return Array.from({ length: full / bucket.size }, (_, i): BucketBatch => {
        const positions = Uint32Array.from(here.slice(i * bucket.size, (i + 1) * bucket.size));
        return { bucket, positions };
      });
    });
    return shuffled(batches, new Random(this.#seed, "bucket order", pass));
  }
}

const shuffled = <T>(list: readonly T[], random: Random): T[] =>
  Array.from(random.permutation(list.length), (i) => list[i]!);
