/** @file The best of many scored candidates, without sorting them. */

/**
 * Keeps the `size` best of the candidates that it is offered, the best first; of equal ones the earlier. All but a few
 * candidates cost one comparison.
 */
export class Best {
  /** `[size]` scores and candidates; the first `count` are set. */
  readonly scores: Float64Array;
  readonly candidates: Int32Array;
  count = 0;

  constructor(size: number) {
    this.scores = new Float64Array(size);
    this.candidates = new Int32Array(size);
  }

  clear(): void {
    this.count = 0;
  }

  /**
   * Offers the candidates `first`, `first + 1`, … with the scores `base + numbers[i]`. Those of −∞ and NaN are none.
   * @param numbers from `start` to before `stop`
   */
  offer(numbers: Float32Array | Float64Array, start: number, stop: number, base: number, first: number): void {
    let worst = this.#worst();
    for (let i = start; i < stop; i++) {
      const score = base + numbers[i]!;
      if (!(score > worst)) continue;
      this.#insert(score, first + i - start);
      worst = this.#worst();
    }
  }

  /** What a candidate has to exceed. */
  #worst(): number {
    const size = this.scores.length;
    return this.count < size ? -Infinity : this.scores[size - 1]!;
  }

  #insert(score: number, candidate: number): void {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.scores[middle]! >= score) low = middle + 1;
      else high = middle;
    }
    const last = Math.min(this.count, this.scores.length - 1);
    this.scores.copyWithin(low + 1, low, last);
    this.candidates.copyWithin(low + 1, low, last);
    this.scores[low] = score;
    this.candidates[low] = candidate;
    this.count = last + 1;
  }
}
