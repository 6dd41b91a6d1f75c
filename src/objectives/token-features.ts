/**
 * @file What a teacher may see of a pair of sentences, by the names that features of classes have:
 *
 * | name      | feature                                                                                       | numbers |
 * | --------- | --------------------------------------------------------------------------------------------- | ------- |
 * | `I0`      | the decoder's output, mean over the target's places                                           | d       |
 * | `I1`      | the encoder's output, mean over the source's places, over the square root of its size (ours)  | d       |
 * | `M0`      | a number of each target token, mean over them; beside any depth (ours)                        | V       |
 * | `M1`      | progress, mean loss and best token accuracy so far; share of right tokens, mean margin (ours) | 5       |
 * | `loss`    | −ln p of a token, mean over the target (ours)                                                 | 1       |
 * | `trusted` | 1 for trusted examples (ours)                                                                 | 1       |
 *
 * The paper has one label to an example; a pair has many. The margin of a token is p(y) − max p(v ≠ y).
 */

import type { Value } from "../graph/value.ts";
import { meanOverPlaces } from "../models/sequences/pool.ts";
import type { Internals } from "../models/student.ts";
import { expand } from "../ops/broadcast.ts";
import { softmax } from "../ops/compose.ts";
import { stopGradient, sub } from "../ops/elementwise.ts";
import { gather } from "../ops/gather.ts";
import { concat, reshape } from "../ops/movement.ts";
import { max } from "../ops/reduce.ts";
import { put, take } from "../ops/take.ts";
import type { Feature } from "./features.ts";
import { countOf } from "./shares.ts";
import { rightTokens } from "./right-tokens.ts";
import { internalStates, plainFeatures } from "./state-features.ts";
import type { View } from "./view.ts";
import { tokensOf } from "./view.ts";

/** @param V size of the dictionary @param internals shapes without the batch's axis */
export function tokenFeatures(V: number, internals: Internals<readonly number[]>): Record<string, Feature> {
  return {
    ...internalStates(internals),
    M0: { kind: "pair", perClass: true, shape: [V, 1], term: tokenMean },
    M1: { kind: "vector", perClass: false, width: 5, of: surface },
    ...plainFeatures,
  };
}

/** Mean over the target's tokens of their numbers, `[N, 1]`. @param numbers `[V, 1]` */
function tokenMean(view: View, numbers: Value): Value {
  const { target, real } = tokensOf(view);
  return meanOverPlaces(gather(numbers, reshape(target, [target.shape[0]! * target.shape[1]!])), real);
}

/** Mean over the target's tokens of p(y) − max p(v ≠ y), `[N, 1]`. */
export function meanMargin(view: View): Value {
  const { logits, target, real } = tokensOf(view);
  const [R, V] = logits.shape as [number, number];
  const labels = reshape(target, [R]);
  const p = stopGradient(softmax(logits, 1));
  const own = take(p, labels);
  // p is positive, so that the given token, set to 0, is never the largest of the others.
  const others = max(sub(p, put(own, labels, V)), [1]);
  return meanOverPlaces(sub(reshape(own, [R, 1]), others), real);
}

/** M1. */
function surface(view: View): Value {
  const N = countOf(view);
  const moment = expand(reshape(view.moment!, [1, 3]), [N, 3]);
  return concat([moment, reshape(rightTokens(view), [N, 1]), meanMargin(view)], 1);
}
