/** @file Which tokens of a target a student would have written itself. */

import type { Value } from "../graph/value.ts";
import { meanOverPlaces } from "../models/sequences/pool.ts";
import { equal } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { max } from "../ops/reduce.ts";
import { take } from "../ops/take.ts";
import type { View } from "./view.ts";
import { tokensOf } from "./view.ts";

/** Share of a pair's target tokens that have the largest probability, `[N]`. */
export function rightTokens(view: View): Value {
  const { logits, target, real } = tokensOf(view);
  const R = logits.shape[0]!;
  const right = equal(take(logits, reshape(target, [R])), reshape(max(logits, [1]), [R]));
  return reshape(meanOverPlaces(reshape(right, [R, 1]), real), [real.shape[0]!]);
}
