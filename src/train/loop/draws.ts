/**
 * @file Where the batch of a student step comes from. Methods that take every example get the next batch of the epoch. For one that
 * selects, batches are drawn in the same order, each from its own counter, and the student looks at them; what the method keeps waits until
 * it fills a batch. Draws may go on into further passes over the data, shuffled and augmented by their counters as any other.
 */

import type { Batch, Batches } from "../../tasks/images/batches.ts";
import { DivergedError } from "../../errors.ts";
import type { RunContext } from "../../objectives/view.ts";
import { Random } from "../../random.ts";
import type { Tensor } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import type { DrawsProgress } from "../progress.ts";
import { NOTHING_DRAWN } from "../progress.ts";
import { select } from "../step/inspect-batch.ts";
import type { Trainer } from "../step/trainer.ts";

/** So many draws in a row of which nothing is kept end the run. */
const MOST_EMPTY = 100;

/** One example that waits. */
interface Waiting {
  readonly draw: number;
  readonly row: number;
  readonly x: Float32Array;
  readonly y: number;
  readonly position: number;
}

export interface DrawsHooks {
  /** Told the positions of what is left out of a draw. */
  readonly onDrop?: (positions: Uint32Array) => void;
  /** Told ∂ likelihood / ∂ω of each selection that has one. */
  readonly onSlope?: (slope: Tree<Tensor>) => void;
}

/** The batches of one student's training, in order. */
export class Draws {
  readonly #trainer: Trainer;
  readonly #batches: Batches;
  readonly #hooks: DrawsHooks;
  #drawn: number;
  readonly #waiting: Waiting[];

  /** @param progress where to go on */
  constructor(trainer: Trainer, batches: Batches, hooks: DrawsHooks = {}, progress: DrawsProgress = NOTHING_DRAWN) {
    this.#trainer = trainer;
    this.#batches = batches;
    this.#hooks = hooks;
    this.#drawn = progress.drawn;
    this.#waiting = progress.waiting.map(([draw, row]) => waiting(batches.at(draw), draw, row));
  }

  get progress(): DrawsProgress {
    return { drawn: this.#drawn, waiting: this.#waiting.map(({ draw, row }): [number, number] => [draw, row]) };
  }

  /**
   * The batch of the next student step.
   * @throws DivergedError when the method keeps nothing of 100 draws in a row
   */
  async next(context: RunContext): Promise<Batch> {
    if (!this.#trainer.problem.design.select) return this.#batches.at(this.#drawn++);
    const { size } = this.#batches;
    for (let empty = 0; this.#waiting.length < size;) {
      empty = (await this.#draw(context)) ? 0 : empty + 1;
      if (empty === MOST_EMPTY) {
        throw new DivergedError(
          `selection: expected examples to train on, got none from ${MOST_EMPTY} batches in a row (draws ${this.#drawn - empty + 1} to ` +
            `${this.#drawn}). The method has learnt to leave everything out: lower its learning rate, or choose another --seed`,
        );
      }
    }
    return together(this.#waiting.splice(0, size));
  }

  /** Draws a batch and keeps what the method wants of it. @returns whether that is anything */
  async #draw(context: RunContext): Promise<boolean> {
    const draw = this.#drawn;
    const batch = this.#batches.at(draw);
    const random = new Random(this.#batches.task.seed, "select", draw);
    const uniforms = Float32Array.from({ length: batch.size }, () => random.uniform());
    const { onDrop, onSlope } = this.#hooks;
    const { keep, slope } = await select(this.#trainer, batch, context, uniforms, onSlope !== undefined);
    this.#drawn++;
    if (slope) onSlope?.(slope);
    onDrop?.(batch.positions.filter((_, row) => keep[row] === 0));
    const kept = [...keep.keys()].filter((row) => keep[row] !== 0);
    this.#waiting.push(...kept.map((row) => waiting(batch, draw, row)));
    return kept.length > 0;
  }
}

/** A copy of one row, so that the rest of its batch need not stay. */
function waiting({ x, y, positions, size }: Batch, draw: number, row: number): Waiting {
  const image = x.length / size;
  return { draw, row, x: x.slice(row * image, (row + 1) * image), y: y[row]!, position: positions[row]! };
}

function together(rows: readonly Waiting[]): Batch {
  const image = rows[0]!.x.length;
  const x = new Float32Array(rows.length * image);
  rows.forEach((row, n) => x.set(row.x, n * image));
  return {
    x,
    y: Int32Array.from(rows, ({ y }) => y),
    positions: Uint32Array.from(rows, ({ position }) => position),
    size: rows.length,
  };
}
