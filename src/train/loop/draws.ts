/**
 * @file Where the batch of a student step comes from. Methods that take every example get the next batch of the epoch. For one that
 * selects, batches are drawn in the same order, each from its own counter, and the student looks at them; what the method keeps waits until
 * it fills a batch. Draws may go on into further passes over the data, shuffled and augmented by their counters as any other.
 */

import type { Batch, Batches, Row } from "../../tasks/batches.ts";
import { batchAt } from "../../tasks/batches.ts";
import { DivergedError } from "../../errors.ts";
import type { Moment } from "../../objectives/view.ts";
import { Random } from "../../random.ts";
import type { Tensor } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import type { DrawsProgress } from "../progress.ts";
import { NOTHING_DRAWN } from "../progress.ts";
import { select } from "../step/inspect-batch.ts";
import type { Trainer } from "../step/trainer.ts";

/** The run ends after this many consecutive draws from which nothing was selected. */
const MOST_EMPTY = 100;

/** An example that waits until a batch is full. */
interface Waiting extends Row {
  /** The draw that it comes from, and its place there. */
  readonly draw: number;
  readonly place: number;
}

export interface DrawsHooks {
  /** Told the positions of what is left out of a draw. */
  readonly onDrop?: (positions: Uint32Array) => void;
  /** Told ∂ log-likelihood / ∂ω of each selection that has one. */
  readonly onSlope?: (slope: Tree<Tensor>) => void;
}

/** The batches of one student's training, in order. */
export class Draws {
  readonly #trainer: Trainer;
  readonly #batches: Batches;
  readonly #hooks: DrawsHooks;
  #drawn: number;
  readonly #seed: number;
  readonly #waiting: Waiting[];

  /**
   * @param seed of the selections' random numbers
   * @param progress where to go on
   */
  constructor(
    trainer: Trainer,
    batches: Batches,
    seed: number,
    hooks: DrawsHooks = {},
    progress: DrawsProgress = NOTHING_DRAWN,
  ) {
    this.#trainer = trainer;
    this.#batches = batches;
    this.#hooks = hooks;
    this.#drawn = progress.drawn;
    this.#seed = seed;
    this.#waiting = progress.waiting.map(([draw, place]) => ({ draw, place, ...batches.rows(draw)[place]! }));
  }

  get progress(): DrawsProgress {
    return { drawn: this.#drawn, waiting: this.#waiting.map(({ draw, place }): [number, number] => [draw, place]) };
  }

  /**
   * The batch of the next student step.
   * @throws DivergedError when the method keeps nothing of 100 draws in a row
   */
  async next(moment: Moment): Promise<Batch> {
    if (!this.#trainer.problem.design.select) return batchAt(this.#batches, this.#drawn++);
    let size = this.#batches.full(this.#waiting);
    for (let empty = 0; size === 0; size = this.#batches.full(this.#waiting)) {
      empty = (await this.#draw(moment)) ? 0 : empty + 1;
      if (empty === MOST_EMPTY) {
        throw new DivergedError(
          `selection: expected examples to train on, got none from ${MOST_EMPTY} batches in a row (draws ${this.#drawn - empty + 1} to ` +
            `${this.#drawn}). The method has learnt to leave everything out: lower its learning rate, or choose another --seed`,
        );
      }
    }
    return this.#batches.collate(this.#waiting.splice(0, size));
  }

  /** Draws a batch and lets the method choose. @returns whether it chose any example */
  async #draw(moment: Moment): Promise<boolean> {
    const draw = this.#drawn;
    const rows = this.#batches.rows(draw);
    const batch = this.#batches.collate(rows);
    const random = new Random(this.#seed, "select", draw);
    const uniforms = Float32Array.from({ length: batch.size }, () => random.uniform());
    const { onDrop, onSlope } = this.#hooks;
    const { keep, slope } = await select(this.#trainer, batch, moment, uniforms, onSlope !== undefined);
    this.#drawn++;
    if (slope) onSlope?.(slope);
    onDrop?.(batch.positions.filter((_, place) => keep[place] === 0));
    const kept = [...keep.keys()].filter((place) => keep[place] !== 0);
    this.#waiting.push(...kept.map((place) => ({ draw, place, ...rows[place]! })));
    return kept.length > 0;
  }
}
