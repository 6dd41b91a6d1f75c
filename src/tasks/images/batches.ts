/**
 * @file Batches of images. Which examples a batch holds and how they are augmented depends on (seed, pass,
 * index) alone: any batch can be made again at any time, in any order, by any process.
 */

import { imageSize } from "../../data/dataset.ts";
import { ConfigError } from "../../errors.ts";
import { Random } from "../../random.ts";
import { tensor } from "../../tensor.ts";
import type { Batch, BatchOptions, Batches, PartName, Row } from "../batches.ts";
import { TRUSTED } from "../batches.ts";
import type { Diet } from "../diet.ts";
import { trustedBefore } from "../diet.ts";
import { checkDraw, LatestPasses } from "../passes.ts";
import type { Classification, Examples } from "../classification.ts";
import type { Canvas } from "./augment.ts";
import { drawCrop, normalisation, writeCrop, writePlain } from "./augment.ts";

/** How many examples are evaluated at once. */
const EVALUATION_SIZE = 250;

export class ImageBatches implements Batches {
  readonly stepsPerPass: number;
  readonly #data: Classification;
  readonly #size: number;
  readonly #cleanSize: number;
  readonly #diet: Diet | undefined;
  /** All that is trained on: the training part, then the trusted examples. */
  readonly #learnt: Examples;
  /** `[C, 256]` */
  readonly #table: Float32Array;
  readonly #untrusted: Passes;
  readonly #trusted: Passes;

  /** @throws ConfigError if a size is not a positive integer or exceeds the examples, or a pass would have no batch */
  constructor(data: Classification, { size, cleanSize = size, dropLast = false, diet }: BatchOptions) {
    for (const [what, value] of Object.entries({ "batch size": size, "validation batch size": cleanSize })) {
      if (!Number.isInteger(value) || value < 1)
        throw new ConfigError(`${what}: expected an integer ≥ 1, got ${value}`);
    }
    const n = data.train.count;
    if (dropLast && n < size)
      throw new ConfigError(`batch size: ${size} exceeds the ${n} training examples, and dropLast leaves none`);
    this.#data = data;
    this.#size = size;
    this.#cleanSize = cleanSize;
    this.stepsPerPass = dropLast ? Math.floor(n / size) : Math.ceil(n / size);
    this.#table = normalisation(data.mean, data.std);
    this.#diet = diet;
    this.#learnt = joined(data.train, data.trusted);
    this.#untrusted = new Passes(n, (pass) => trainOrder(data, pass));
    const { count } = data.trusted;
    this.#trusted = new Passes(count, (pass) => new Random(data.seed, "shuffle trusted", pass).permutation(count));
  }

  rows(draw: number): readonly Row[] {
    checkDraw(draw);
    if (this.#diet) return this.#mixedRows(draw, this.#diet);
    const [pass, step] = [Math.floor(draw / this.stepsPerPass), draw % this.stepsPerPass];
    const positions = this.#untrusted.order(pass).subarray(step * this.#size, (step + 1) * this.#size);
    return Array.from(positions, (position) => ({ position, pass }));
  }

  /** Untrusted rows, then trusted ones; each kind goes through passes of its own, and every batch is full. */
  #mixedRows(draw: number, diet: Diet): readonly Row[] {
    const counts = { stepsPerPass: this.stepsPerPass, size: this.#size };
    const [before, after] = [trustedBefore(diet, draw, counts), trustedBefore(diet, draw + 1, counts)];
    const { count } = this.#data.train;
    return [
      ...this.#untrusted.rows(draw * this.#size - before, (draw + 1) * this.#size - after),
      ...this.#trusted.rows(before, after).map(({ position, pass }) => ({ position: count + position, pass })),
    ];
  }

  full(waiting: readonly Row[]): number {
    return waiting.length >= this.#size ? this.#size : 0;
  }

  collate(rows: readonly Row[]): Batch {
    const { train, augment, seed } = this.#data;
    const isVaried = augment.pad > 0 || augment.flip;
    const positions = Uint32Array.from(rows, ({ position }) => position);
    const batch = this.#fill(this.#learnt, positions, (canvas, index, x, at, n) => {
      if (isVaried) writeCrop(canvas, index, drawCrop(augment, seed, rows[n]!.pass, index), augment, x, at);
      else writePlain(canvas, index, x, at);
    });
    if (!this.#diet) return batch;
    const marks = Float32Array.from(positions, (position) => (position < train.count ? 0 : 1));
    return { ...batch, arrays: { ...batch.arrays, [TRUSTED]: tensor(marks) } };
  }

  /**
   * Without repetition inside it; the whole validation set if that is not larger.
   * @throws ConfigError if there is none
   */
  clean(update: number, augmented: boolean): Batch {
    const { augment, seed, valid, trusted } = this.#data;
    const guides = valid.count > 0 ? valid : trusted;
    if (guides.count === 0)
      throw new ConfigError("validation batch: the task has no validation set. Set a validation size > 0");
    const order = new Random(seed, "valid", update).permutation(guides.count);
    const positions = order.slice(0, this.#cleanSize);
    if (!augmented) return this.#fill(guides, positions, writePlain);
    // Validation images have indices of their own, so their crops are independent of training's.
    return this.#fill(guides, positions, (canvas, index, x, at) =>
      writeCrop(canvas, index, drawCrop(augment, seed, update, index), augment, x, at),
    );
  }

  plain(part: PartName, positions: Uint32Array): Batch {
    return this.#fill(this.#data[part], positions, writePlain);
  }

  *of(part: PartName): Generator<Batch, void, undefined> {
    const { count } = this.#data[part];
    for (let start = 0; start < count; start += EVALUATION_SIZE) {
      const size = Math.min(EVALUATION_SIZE, count - start);
      yield this.plain(
        part,
        Uint32Array.from({ length: size }, (_, i) => start + i),
      );
    }
  }

  #fill(
    examples: Examples,
    positions: Uint32Array,
    write: (canvas: Canvas, index: number, x: Float32Array, at: number, n: number) => void,
  ): Batch {
    const { shape } = this.#data;
    const image = imageSize(shape);
    const size = positions.length;
    const x = new Float32Array(size * image);
    const y = new Int32Array(size);
    const canvas = { pixels: examples.pixels, shape, table: this.#table };
    for (const [n, position] of positions.entries()) {
      if (position >= examples.count)
        throw new ConfigError(`batch: position ${position} is not in 0…${examples.count - 1}`);
      write(canvas, examples.indices[position]!, x, n * image, n);
      y[n] = examples.labels[position]!;
    }
    return { arrays: { images: tensor(x, [size, ...shape]), labels: tensor(y) }, positions, size };
  }
}

/** Passes over a part: each takes every position once, in an order of its own. */
class Passes {
  readonly #count: number;
  readonly #orders: LatestPasses<Uint32Array>;

  constructor(count: number, make: (pass: number) => Uint32Array) {
    this.#count = count;
    this.#orders = new LatestPasses(make);
  }

  order(pass: number): Uint32Array {
    return this.#orders.of(pass);
  }

  /** Rows `from` … `to` − 1, counted over all passes. */
  rows(from: number, to: number): Row[] {
    return Array.from({ length: to - from }, (_, i) => {
      const pass = Math.floor((from + i) / this.#count);
      return { position: this.order(pass)[(from + i) % this.#count]!, pass };
    });
  }
}

/** Two parts of one source set, one after the other. */
function joined(first: Examples, second: Examples): Examples {
  if (second.count === 0) return first;
  return {
    pixels: first.pixels,
    indices: Uint32Array.from([...first.indices, ...second.indices]),
    labels: Int32Array.from([...first.labels, ...second.labels]),
    count: first.count + second.count,
  };
}

/** The order of the training positions in a pass: a permutation of 0 … n − 1. */
export function trainOrder({ seed, train }: Pick<Classification, "seed" | "train">, pass: number): Uint32Array {
  return new Random(seed, "shuffle", pass).permutation(train.count);
}
