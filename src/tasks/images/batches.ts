/**
 * @file Minibatches of a task. Which examples a batch holds and how they are augmented depends on (seed, epoch, step) alone: any batch
 * can be made again at any time, in any order, by any process.
 */

import { ConfigError } from "../../errors.ts";
import { Random } from "../../random.ts";
import type { Canvas } from "./augment.ts";
import { drawCrop, normalisation, writeCrop, writePlain } from "./augment.ts";
import { imageSize } from "../../data/dataset.ts";
import type { Examples, Task } from "../classification.ts";

export interface Batch {
  /** `[B, C, H, W]` normalised images */
  readonly x: Float32Array;
  /** `[B]` class ids; for training batches the given labels */
  readonly y: Int32Array;
  /** `[B]` positions 0 … n − 1 in the part (not original indices) */
  readonly positions: Uint32Array;
  /** B */
  readonly size: number;
}

export type Part = "train" | "valid" | "test";

export interface BatchOptions {
  /** examples in a batch */
  readonly size: number;
  /** leave out the partial last batch of an epoch; default false */
  readonly dropLast?: boolean;
  /** examples in a validation batch; default `size` */
  readonly validSize?: number;
}

/**
 * The batches of one task.
 *
 * @example
 * const batches = new Batches(task, { size: 128 });
 * for (let step = 0; step < batches.stepsPerEpoch; step++) run(batches.train(epoch, step));
 */
export class Batches {
  readonly task: Task;
  readonly size: number;
  readonly validSize: number;
  /** training batches in an epoch */
  readonly stepsPerEpoch: number;
  readonly #table: Float32Array;
  /** the two latest epochs' orders: a window that is replayed may begin in the epoch before */
  readonly #orders = new Map<number, Uint32Array>();

  /** @throws ConfigError if a size is not a positive integer, or an epoch would have no batch */
  constructor(task: Task, { size, dropLast = false, validSize = size }: BatchOptions) {
    for (const [what, value] of Object.entries({ "batch size": size, "validation batch size": validSize })) {
      if (!Number.isInteger(value) || value < 1)
        throw new ConfigError(`${what}: expected an integer ≥ 1, got ${value}`);
    }
    const n = task.train.count;
    if (dropLast && n < size)
      throw new ConfigError(`batch size: ${size} exceeds the ${n} training examples, and dropLast leaves none`);
    this.task = task;
    this.size = size;
    this.validSize = validSize;
    this.stepsPerEpoch = dropLast ? Math.floor(n / size) : Math.ceil(n / size);
    this.#table = normalisation(task.mean, task.std);
  }

  /**
   * The augmented training batch of a step. The last one of an epoch is smaller unless `dropLast` is set.
   *
   * @param step 0 … stepsPerEpoch − 1, within the epoch
   * @param out reused for `x` if given; at least B·C·H·W long
   */
  train(epoch: number, step: number, out?: Float32Array): Batch {
    if (!(step >= 0 && step < this.stepsPerEpoch)) {
      throw new ConfigError(`train batch: expected step in 0…${this.stepsPerEpoch - 1}, got ${step}`);
    }
    return this.augmented(epoch, this.#order(epoch).slice(step * this.size, (step + 1) * this.size), out);
  }

  /** The training batch `count` of them after the first, over as many epochs as that takes. */
  at(count: number): Batch {
    return this.train(Math.floor(count / this.stepsPerEpoch), count % this.stepsPerEpoch);
  }

  /** The training examples at `positions`, augmented as in `epoch`: the same pixels as in that epoch's batch. */
  augmented(epoch: number, positions: Uint32Array, out?: Float32Array): Batch {
    const { train, augment, seed } = this.task;
    const varied = augment.pad > 0 || augment.flip;
    return this.#fill(train, positions, out, (canvas, index, x, at) => {
      if (varied) writeCrop(canvas, index, drawCrop(augment, seed, epoch, index), augment, x, at);
      else writePlain(canvas, index, x, at);
    });
  }

  /**
   * A random validation batch without augmentation, without repetition inside it; the whole set if that is not larger than `validSize`.
   *
   * @param update which teacher update, 0, 1, 2, …
   * @throws ConfigError if the task has no validation set
   */
  valid(update: number, out?: Float32Array): Batch {
    const { valid, seed } = this.task;
    if (valid.count === 0)
      throw new ConfigError("validation batch: the task has no validation set. Set a validation size > 0");
    const order = new Random(seed, "valid", update).permutation(valid.count);
    return this.plain("valid", order.subarray(0, this.validSize), out);
  }

  /** The same examples as `valid`, padded, cropped and flipped as training images are. */
  validAugmented(update: number, out?: Float32Array): Batch {
    const { augment, seed, valid } = this.task;
    const { positions } = this.valid(update, out);
    // Validation images have indices of their own, so their crops are independent of training's.
    return this.#fill(valid, positions, out, (canvas, index, x, at) =>
      writeCrop(canvas, index, drawCrop(augment, seed, update, index), augment, x, at),
    );
  }

  /** The examples of a part at `positions`, not augmented. */
  plain(part: Part, positions: Uint32Array, out?: Float32Array): Batch {
    return this.#fill(this.task[part], positions, out, writePlain);
  }

  /** All examples of a part in order, not augmented; the last batch may be smaller. Each batch has its own arrays. */
  *evaluate(part: Part, size = this.size): Generator<Batch, void, undefined> {
    const { count } = this.task[part];
    for (let start = 0; start < count; start += size) {
      yield this.plain(
        part,
        Uint32Array.from({ length: Math.min(size, count - start) }, (_, i) => start + i),
      );
    }
  }

  #fill(
    examples: Examples,
    positions: Uint32Array,
    out: Float32Array | undefined,
    write: (canvas: Canvas, index: number, x: Float32Array, at: number) => void,
  ): Batch {
    const { shape } = this.task;
    const image = imageSize(shape);
    const size = positions.length;
    if (out !== undefined && out.length < size * image) {
      throw new ConfigError(`batch: out holds ${out.length} floats, ${size} images need ${size * image}`);
    }
    const x = out === undefined ? new Float32Array(size * image) : out.subarray(0, size * image);
    const y = new Int32Array(size);
    const canvas = { pixels: examples.pixels, shape, table: this.#table };
    for (const [b, position] of positions.entries()) {
      if (position >= examples.count)
        throw new ConfigError(`batch: position ${position} is not in 0…${examples.count - 1}`);
      write(canvas, examples.indices[position]!, x, b * image);
      y[b] = examples.labels[position]!;
    }
    return { x, y, positions, size };
  }

  #order(epoch: number): Uint32Array {
    let order = this.#orders.get(epoch);
    if (order === undefined) {
      order = trainOrder(this.task, epoch);
      if (this.#orders.size >= 2) this.#orders.delete(Math.min(...this.#orders.keys()));
      this.#orders.set(epoch, order);
    }
    return order;
  }
}

/** The order of the training positions in an epoch: a permutation of 0 … n − 1. */
export function trainOrder({ seed, train }: Task, epoch: number): Uint32Array {
  return new Random(seed, "shuffle", epoch).permutation(train.count);
}
