/** @file A binary heap: the first of many entries, while entries come and go. */

export class Heap<T> {
  readonly #entries: T[] = [];
  readonly #order: (a: T, b: T) => number;

  /** @param order negative where `a` comes before `b` */
  constructor(order: (a: T, b: T) => number) {
    this.#order = order;
  }

  push(entry: T): void {
    const entries = this.#entries;
    let at = entries.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#order(entries[parent]!, entry) <= 0) break;
      entries[at] = entries[parent]!;
      at = parent;
    }
    entries[at] = entry;
  }

  /** Takes the first entry out; undefined when there is none. */
  pop(): T | undefined {
    const entries = this.#entries;
    const [first, last] = [entries[0], entries.pop()];
    if (entries.length === 0 || last === undefined) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < entries.length && this.#order(entries[child + 1]!, entries[child]!) < 0) child++;
      if (child >= entries.length || this.#order(last, entries[child]!) <= 0) break;
      entries[at] = entries[child]!;
      at = child;
    }
    entries[at] = last;
    return first;
  }
}
