/** @file A record made up by formula, with a known number of everything. */

import { Random } from "../../src/random.ts";
import type { Mapped, WeightRecord } from "../../src/report/record.ts";

/** Example i is given class i mod K; every third is wrong, its clean class being the next. */
export function synthetic(
  options: { examples?: number; classes?: number; noisy?: boolean; epochs?: number } = {},
): WeightRecord {
  const { examples = 60, classes: K = 3, noisy = true, epochs = 3 } = options;
  const random = new Random(7, "synthetic");
  const sample = Array.from({ length: examples }, (_, index): Mapped => {
    const given = index % K;
    const wrong = noisy && index % 3 === 0;
    return {
      index,
      given,
      clean: wrong ? (given + 1) % K : given,
      loss: 3 * random.uniform(),
      weight: 0.5 + random.uniform(),
      lastWeight: wrong ? 0.5 : 1 + given / 10,
      meanWeight: index === 1 ? null : 1,
      x: random.normal(),
      y: random.normal(),
    };
  });
  return {
    classes: Array.from({ length: K }, (_, k) => `class <${k}>`),
    sample,
    training: sample,
    histograms: Array.from({ length: epochs }, (_, i) => ({
      epoch: i + 1,
      binWidth: 0.5,
      clean: [0, 10, 20, 10],
      wrong: noisy ? [5, 15, 0, 0] : [0, 0, 0, 0],
    })),
  };
}
