/**
 * @file Flip noise: with probability p a label becomes another class. Each true class has one target (flip1), or two with
 * p/2 each (flip2).
 *
 * The targets come from the seed, but a data set may fix the pairs of flip2. Fan et al. (2021) and Meta-Weight-Net call
 * flip2 "flip".
 */

import { DataError } from "../../errors.ts";
import { Random } from "../../random.ts";
import { drawnNoise } from "./drawn.ts";
import type { LabelledSet } from "./noise.ts";

export const flip1 = drawnNoise(
  "flip1",
  { flip: "flip1 (one target)", asym: "flip1", asymmetric: "flip1" },
  (data, i, seed) => drawTargets("flip1", 1, data, i, seed),
);

export const flip2 = drawnNoise(
  "flip2",
  { flip: `flip2 (two targets, the papers' "flip")` },
  (data, i, seed) => data.flipPairs?.[i] ?? drawTargets("flip2", 2, data, i, seed),
);

/** `count` distinct classes other than `i`. */
function drawTargets(name: string, count: number, data: LabelledSet, i: number, seed: number): readonly number[] {
  const K = data.classes.length;
  if (K <= count) throw new DataError(`noise: ${name} needs at least ${count + 1} classes, ${data.name} has ${K}`);
  const others = [...data.classes.keys()].filter((j) => j !== i);
  const order = new Random(seed, `${name}-targets`, i).permutation(K - 1);
  return Array.from(order.subarray(0, count), (position) => others[position]!);
}
