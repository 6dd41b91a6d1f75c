/** @file What a pass over the data is made of, such as its order, kept for the passes in use. */

import { ConfigError } from "../errors.ts";

/** Makes something of each pass at first use. The two latest are kept: a window that is replayed may begin in the pass before. */
export class LatestPasses<T> {
  readonly #make: (pass: number) => T;
  readonly #kept = new Map<number, T>();

  constructor(make: (pass: number) => T) {
    this.#make = make;
  }

  of(pass: number): T {
    const kept = this.#kept.get(pass);
    if (kept !== undefined) return kept;
    const made = this.#make(pass);
    if (this.#kept.size >= 2) this.#kept.delete(Math.min(...this.#kept.keys()));
    this.#kept.set(pass, made);
    return made;
  }
}

/** @throws ConfigError for what is no number of a draw */
export function checkDraw(draw: number): void {
  if (!(Number.isInteger(draw) && draw >= 0))
    throw new ConfigError(`training batch: expected an integer ≥ 0, got ${draw}`);
}
