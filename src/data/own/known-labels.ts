/** @file Labels of which some are unknown. */

/** Stands for a label that nobody knows. */
const UNKNOWN = -1;

/**
 * Class ids of examples where each may be unknown. There is no way to the ids but one that says so: an unknown label is
 * `undefined` and never counts as a class, as right or as wrong.
 */
export class KnownLabels {
  readonly #ids: Int32Array;
  /** examples whose label is known */
  readonly known: number;

  constructor(ids: Int32Array) {
    this.#ids = ids;
    this.known = ids.reduce((count, id) => count + Number(id !== UNKNOWN), 0);
  }

  /** Labels that are all known. */
  static all(ids: ArrayLike<number>): KnownLabels {
    return new KnownLabels(Int32Array.from(ids));
  }

  /** Labels of `count` examples by a function; undefined where it is unknown. */
  static from(count: number, label: (example: number) => number | undefined): KnownLabels {
    return new KnownLabels(Int32Array.from({ length: count }, (_, example) => label(example) ?? UNKNOWN));
  }

  get count(): number {
    return this.#ids.length;
  }

  /** The class of an example, undefined where nobody knows it. */
  at(example: number): number | undefined {
    const id = this.#ids[example]!;
    return id === UNKNOWN ? undefined : id;
  }
}
