/**
 * @file Draws of batches for student steps. Without selection, a step gets the next batch of the epoch. With selection,
 * batches are drawn in the same order, each from its own counter, and pass through the student; the examples that the
 * method selects wait until they fill a batch. Draws may continue into further passes over the data, whose order and
 * augmentation follow from their counters like those of any other pass.
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

/** Selected example that waits until a batch is full. */
interface Waiting extends Row {
  /** Draw that the example comes from, and its row there. */
  readonly draw: number;
  readonly place: number;
}

export interface DrawsHooks {
  /** Receives the positions of the examples in a draw that were not selected. */
  readonly onDrop?: (positions: Uint32Array) => void;
  /** Receives ∂ log-likelihood / ∂ω of each selection that has one. */
  readonly onSlope?: (slope: Tree<Tensor>) => void;
}

/** Batches of one student's training, in order. */
export class Draws {
  readonly #trainer: Trainer;
  readonly #batches: Batches;
  readonly #hooks: DrawsHooks;
  #drawn: number;
  readonly #seed: number;
  readonly #waiting: Waiting[];

  /**
   * @param seed for the random numbers of selections
   * @param progress to continue from
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
   * Batch of the next student step.
   * @throws DivergedError if the method selects nothing from 100 consecutive draws
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

  /** Draws a batch and lets the method select from it. @returns whether it selected any example */
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
