/** The best candidates against sorting all of them. */

import { expect, test } from "vitest";
import { Best } from "../../src/decode/best.ts";
import { Random } from "../../src/random.ts";

/** Candidates as `Best` shall keep them. */
function sorted(scores: readonly number[], size: number): { readonly score: number; readonly candidate: number }[] {
  return scores
    .map((score, candidate) => ({ score, candidate }))
    .filter(({ score }) => score > -Infinity)
    .sort((a, b) => b.score - a.score || a.candidate - b.candidate)
    .slice(0, size);
}

const kept = (best: Best) =>
  Array.from({ length: best.count }, (_, i) => ({ score: best.scores[i]!, candidate: best.candidates[i]! }));

test.each([1, 2, 10, 64])("the best %d of 500 candidates, many of them equal, as a stable sort has them", (size) => {
  const random = new Random(size, "best");
  const best = new Best(size);
  for (let trial = 0; trial < 20; trial++) {
    // Few different numbers, so that ties decide; some are no candidates.
    const numbers = Float32Array.from({ length: 500 }, () => {
      const drawn = random.integer(40);
      return drawn === 0 ? -Infinity : drawn === 1 ? NaN : -drawn / 8;
    });
    const bases = [-1, -0.5, 0, -Infinity, -0.25];
    best.clear();
    for (const [row, base] of bases.entries()) best.offer(numbers, row * 100, row * 100 + 100, base, row * 100);
    const all = Array.from(numbers, (number, i) => bases[Math.floor(i / 100)]! + number);
    expect(kept(best)).toEqual(sorted(all, size));
  }
});

test("fewer candidates than places", () => {
  const best = new Best(8);
  best.offer(Float64Array.of(-3, -1, -Infinity, -2), 0, 4, -1, 10);
  expect(kept(best)).toEqual([
    { score: -2, candidate: 11 },
    { score: -3, candidate: 13 },
    { score: -4, candidate: 10 },
  ]);
});
