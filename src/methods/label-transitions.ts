/**
 * @file Label transition matrix T[c, j] = P(given label j | true class c), as running counts of true class and given
 * label, and what follows from it: the posterior of an example's true class, and an EM step on T. `transition` and
 * `anchored` differ in whose prediction they count with.
 */

import type { Value } from "../graph/value.ts";
import { countOf, timesShares } from "../objectives/shares.ts";
import type { View } from "../objectives/view.ts";
import { classesOf } from "../objectives/view.ts";
import { expand, sum } from "../ops/broadcast.ts";
import { logSoftmax, softmax } from "../ops/compose.ts";
import { add, div, log, mul, sub } from "../ops/elementwise.ts";
import { oneHot } from "../ops/gather.ts";
import { matmul, transposeMatrix } from "../ops/matmul.ts";
import { reshape } from "../ops/movement.ts";
import { mean } from "../ops/reduce.ts";
import type { Tensor } from "../tensor.ts";
import { tensor } from "../tensor.ts";
import type { Tree } from "../tree.ts";
import { leaf } from "../tree.ts";
import type { About } from "./method.ts";

/** Initial T[c, c]; the rest of the row is uniform. */
const START = 0.6;
/** Share of a class's count that is added to each count, so that pairs not seen yet keep a positive probability. */
const UNSEEN = 1e-5;

/** Examples per class that the counts remember by default. */
export const MEMORY_PER_CLASS = 400;

/** Initial joint distribution of true class and given label, `[classes, classes]`. */
export function newCounts(classes: number): Tensor {
  const entry = (c: number, j: number): number => (c === j ? START : (1 - START) / (classes - 1)) / classes;
  return tensor(
    Float32Array.from({ length: classes * classes }, (_, i) => entry(Math.floor(i / classes), i % classes)),
    [classes, classes],
  );
}

/** Transition matrix T from the counts. */
function transitionsOf(counts: Value): Value {
  const seen = add(counts, UNSEEN / counts.shape[0]!);
  return div(seen, expand(sum(seen, [1]), seen.shape));
}

/** ln T[c, yₖ] of each example and class, `[N, classes]`. */
const logLikelihoods = (counts: Value, labels: Value): Value =>
  matmul(oneHot(labels, counts.shape[0]!), transposeMatrix(log(transitionsOf(counts))));

/** Posterior of the true class of each example, `[N, classes]`, from the counts and the logits of a prediction. */
export const posterior = (counts: Value, view: View, logits: Value): Value =>
  softmax(add(logLikelihoods(counts, classesOf(view).labels), logSoftmax(logits, 1)), 1);

/**
 * The counts after a batch: a step of stepwise EM, whose expectation is the posterior under `logits`.
 * @param fresh share of the counts that a batch of untrusted examples replaces; trusted examples are not counted
 */
export function countsAfter(counts: Value, view: View, logits: Value, fresh: number): Value {
  const N = countOf(view);
  const given = oneHot(classesOf(view).labels, counts.shape[0]!);
  const u = posterior(counts, view, logits);
  const untrusted = view.trusted && sub(1, view.trusted);
  const counted = untrusted ? mul(given, reshape(untrusted, [N, 1])) : given;
  const replaced = untrusted ? mul(expand(mean(untrusted, [0]), counts.shape), fresh) : fresh;
  const joint = mul(matmul(transposeMatrix(u), counted), 1 / N);
  return add(mul(counts, typeof replaced === "number" ? 1 - replaced : sub(1, replaced)), mul(joint, fresh));
}

/** Weights of the corrected loss `[N, classes]`, for a student that is its own evidence; the counts are `N` in ω. */
export const correctedWeights = (omega: Tree<Value>, view: View): Value =>
  timesShares(posterior(leaf(omega, "N"), view, classesOf(view).logits), view);

/** Facts about an ω with counts `N`. */
export const aboutTransitions: About = {
  signature: { options: {}, perClass: true },
  transitions: (omega) => transitionsOf(leaf(omega, "N")),
};
