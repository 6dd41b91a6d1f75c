/**
 * @file Batches of examples with classes. Which examples a batch holds, and what varies them, depends on (seed, pass,
 * index) alone: any batch can be made again at any time, in any order, by any process.
 */

import { ConfigError } from "../errors.ts";
import { Random } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { tensor } from "../tensor.ts";
import type { Arrays } from "../tree.ts";
import type { Batch, BatchOptions, Batches, PartName, Row } from "./batches.ts";
import { TRUSTED } from "./batches.ts";
import type { Diet } from "./diet.ts";
import { trustedBefore } from "./diet.ts";
import type { Examples, Labelled } from "./labelled.ts";
import { checkDraw, LatestPasses } from "./passes.ts";

/** How many examples are evaluated at once. */
const EVALUATION_SIZE = 250;

/** The parts that batches come from. */
export type BatchParts<E extends Examples> = Readonly<Record<PartName, E>> & Pick<Labelled, "seed">;

/**
 * Inputs of some examples as arrays by name.
 * @param rows of the source set, `[size]`
 * @param variation the number of the pass that varies each of them, absent where they are not varied
 */
export type InputsOf<E extends Examples> = (
  examples: E,
  rows: Uint32Array,
  variation?: (n: number) => number,
) => Arrays<Tensor>;

export class LabelledBatches<E extends Examples> implements Batches {
  readonly stepsPerPass: number;
  readonly #data: BatchParts<E>;
  readonly #inputsOf: InputsOf<E>;
  readonly #size: number;
  readonly #cleanSize: number;
  readonly #diet: Diet | undefined;
  /** All that is trained on: the training part, then the trusted examples. */
  readonly #learnt: E;
  readonly #untrusted: Passes;
  readonly #trusted: Passes;

  /** @throws ConfigError if a size is not a positive integer or exceeds the examples, or a pass would have no batch */
  constructor(
    data: BatchParts<E>,
    { size, cleanSize = size, dropLast = false, diet }: BatchOptions,
    inputsOf: InputsOf<E>,
  ) {
    for (const [what, value] of Object.entries({ "batch size": size, "validation batch size": cleanSize })) {
      if (!Number.isInteger(value) || value < 1)
        throw new ConfigError(`${what}: expected an integer ≥ 1, got ${value}`);
    }
    const n = data.train.count;
    if (dropLast && n < size)
      throw new ConfigError(`batch size: ${size} exceeds the ${n} training examples, and dropLast leaves none`);
    this.#data = data;
    this.#inputsOf = inputsOf;
    this.#size = size;
    this.#cleanSize = cleanSize;
    this.stepsPerPass = dropLast ? Math.floor(n / size) : Math.ceil(n / size);
    this.#diet = diet;
    this.#learnt = joined(data.train, data.trusted);
    const { seed } = data;
    this.#untrusted = new Passes(n, (pass) => new Random(seed, "shuffle", pass).permutation(n));
    const { count } = data.trusted;
    this.#trusted = new Passes(count, (pass) => new Random(seed, "shuffle trusted", pass).permutation(count));
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
    const { train } = this.#data;
    const positions = Uint32Array.from(rows, ({ position }) => position);
    const batch = this.#batch(this.#learnt, positions, (n) => rows[n]!.pass);
    if (!this.#diet) return batch;
    const marks = Float32Array.from(positions, (position) => (position < train.count ? 0 : 1));
    return { ...batch, arrays: { ...batch.arrays, [TRUSTED]: tensor(marks) } };
  }

  /**
   * Without repetition inside it; the whole validation set if that is not larger.
   * @throws ConfigError if there is none
   */
  clean(update: number, augmented: boolean): Batch {
    const { seed, valid, trusted } = this.#data;
    const guides = valid.count > 0 ? valid : trusted;
    if (guides.count === 0)
      throw new ConfigError("validation batch: the task has no validation set. Set a validation size > 0");
    const order = new Random(seed, "valid", update).permutation(guides.count);
    const positions = order.slice(0, this.#cleanSize);
    // Validation examples have indices of their own, so their variations are independent of training's.
    return this.#batch(guides, positions, augmented ? () => update : undefined);
  }

  plain(part: PartName, positions: Uint32Array): Batch {
    return this.#batch(this.#data[part], positions);
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

  #batch(examples: E, positions: Uint32Array, variation?: (n: number) => number): Batch {
    const { indices, labels, count } = examples;
    const rows = positions.map((position) => {
      if (position >= count) throw new ConfigError(`batch: position ${position} is not in 0…${count - 1}`);
      return indices[position]!;
    });
    const given = Int32Array.from(positions, (position) => labels[position]!);
    const arrays = { ...this.#inputsOf(examples, rows, variation), labels: tensor(given) };
    return { arrays, positions, size: positions.length };
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
function joined<E extends Examples>(first: E, second: E): E {
  if (second.count === 0) return first;
  return {
    ...first,
    indices: Uint32Array.from([...first.indices, ...second.indices]),
    labels: Int32Array.from([...first.labels, ...second.labels]),
    count: first.count + second.count,
  };
}
