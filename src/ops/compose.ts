/**
 * @file Functions composed of ops: softmax, losses, argmax. Derivatives of every order follow from those of the
 * ops.
 */

import type { Value } from "../graph/value.ts";
import { expand, sum } from "./broadcast.ts";
import type { Operand } from "./elementwise.ts";
import { add, div, equal, exp, log, mul, neg, softplus, step, stopGradient, sub } from "./elementwise.ts";
import { iota, oneHot } from "./gather.ts";
import { reshape } from "./movement.ts";
import { max } from "./reduce.ts";

/** ln σ(z), finite for every finite z. */
export function logSigmoid(z: Value): Value {
  return neg(softplus(neg(z)));
}

/** x minus its maximum along `axis`. The maximum cancels in softmax and logSoftmax, so it is detached. */
function shifted(x: Value, axis: number): Value {
  return sub(x, expand(stopGradient(max(x, [axis])), x.shape));
}

/** exp(x) / Σ exp(x) along `axis`, without overflow. */
export function softmax(x: Value, axis: number): Value {
  const e = exp(shifted(x, axis));
  return div(e, sum(e, [axis]));
}

/** ln softmax(x) along `axis`. */
export function logSoftmax(x: Value, axis: number): Value {
  const z = shifted(x, axis);
  return sub(z, log(sum(exp(z), [axis])));
}

/** `one` where the choice is 1, `zero` where it is 0; finite numbers. */
export const choose = (choice: Value, zero: Operand, one: Operand): Value =>
  add(mul(sub(1, choice), zero), mul(choice, one));

/** The entry of each row at its label: x `[N, C]`, labels `[N]` → `[N]`. */
export function pick(x: Value, labels: Value): Value {
  return reshape(sum(mul(x, oneHot(labels, x.shape[1]!)), [1]), [x.shape[0]!]);
}

/**
 * The place of the largest entry of each row, the first one on ties: x `[N, C]` → `[N]` floats in 0 … C − 1. 0
 * for a row that is not a number.
 */
export function argmax(x: Value): Value {
  const [N, C] = x.shape as [number, number];
  const largest = equal(x, expand(max(x, [1]), [N, C]));
  // Places count backwards, so that the first of equal entries has the largest.
  const backwards = reshape(max(mul(largest, sub(C, iota(C))), [1]), [N]);
  return mul(sub(C, backwards), step(backwards));
}

/**
 * Per-example cross-entropy ℓₖ = −ln softmax(logits)ₖ,ᵧ in nats.
 * @param logits `[N, C]` @param labels `[N]` integers in [0, C) @returns `[N]`
 */
export function crossEntropy(logits: Value, labels: Value): Value {
  return neg(pick(logSoftmax(logits, 1), labels));
}

/** ½ Σ x² over all arrays, as a scalar. */
export function halfSquaredNorm(arrays: readonly Value[]): Value {
  const parts = arrays.map((x) => reshape(sum(mul(x, x)), []));
  return mul(
    0.5,
    parts.reduce((total, part) => add(total, part)),
  );
}
