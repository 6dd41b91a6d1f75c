/**
 * @file Weights of the order of uniform weighting. Examples may have parts, such as the target tokens of a
 * sentence: ℓₖ is the mean over the nₖ parts of an example, and Σₖ wₖ ℓₖ is to be the mean over all parts of a
 * batch when every example counts alike. Without sizes nₖ = 1.
 */

import type { Value } from "../graph/value.ts";
import { expand, fill, sum } from "../ops/broadcast.ts";
import { softmax } from "../ops/compose.ts";
import { add, div, equal, exp, mul, stopGradient, sub } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { max, mean } from "../ops/reduce.ts";
import type { View } from "./view.ts";

/** N */
export const countOf = ({ nll }: Pick<View, "nll">): number => nll.shape[0]!;

type Sized = Pick<View, "nll" | "sizes">;
/** Weights that are relative to each other are so among untrusted examples: trusted ones keep their share. */
type Relative = Pick<View, "sizes" | "trusted">;

/** nₖ / Σⱼ nⱼ `[N]`: the weights of uniform weighting. 1/N where all examples are one part. */
export function shares(view: Sized): Value {
  const { sizes } = view;
  const N = countOf(view);
  return sizes ? div(sizes, expand(sum(sizes, [0]), [N])) : fill(1 / N, [N]);
}

/** vₖ nₖ / Σⱼ nⱼ `[N]`: weights that are v times the uniform ones. */
export const timesShares = (v: Value, view: Sized): Value =>
  view.sizes ? mul(v, shares(view)) : mul(v, 1 / countOf(view));

/**
 * vₖ nₖ / Σⱼ vⱼ nⱼ `[N]`, for v ≥ 0 that are not all 0. Beside trusted examples, the sums are over the untrusted ones
 * and the weights are times the share of these; those of trusted examples are 0.
 */
export function overTotal(v: Value, { sizes, trusted }: Relative): Value {
  const weighted = sizes ? mul(v, sizes) : v;
  if (!trusted) return div(weighted, sum(weighted, [0]));
  const counted = mul(weighted, sub(1, trusted));
  const total = sum(counted, [0]);
  // The added 1 makes 0 / 0 equal to 0, in a batch of trusted examples alone.
  const divisor = add(total, equal(total, fill(0, [1])));
  return div(mul(counted, untrustedShare(trusted, sizes)), expand(divisor, v.shape));
}

/** Share of a batch that is not trusted, in parts, `[N]` times the same. */
export function untrustedShare(trusted: Value, sizes?: Value): Value {
  const untrusted = sub(1, trusted);
  const share = sizes ? div(sum(mul(sizes, untrusted), [0]), sum(sizes, [0])) : mean(untrusted, [0]);
  return expand(share, trusted.shape);
}

/** exp(zₖ) nₖ / Σⱼ exp(zⱼ) nⱼ `[N]`, without overflow: softmax(z) where all examples are one part. As `overTotal`. */
export function normalised(z: Value, view: Relative): Value {
  if (!view.sizes && !view.trusted) return softmax(z, 0);
  return overTotal(exp(sub(z, expand(stopGradient(max(z, [0])), z.shape))), view);
}

/** The mean of per-example numbers `[N]` over all parts of a batch, whatever parts weights count by, as a scalar. */
export function meanOver(perExample: Value, { nll, sizes, tokens }: Sized & Pick<View, "tokens">): Value {
  const counts = tokens?.counts ?? sizes;
  if (!counts) return reshape(mean(perExample, [0]), []);
  return reshape(sum(mul(perExample, shares({ nll, sizes: counts })), [0]), []);
}

/** Weights `[N]` as N times them tells how much more than under uniform weighting an example counts; 0 for padding. */
export function asReported(weights: Value, view: Sized): Value {
  if (!view.sizes) return weights;
  const share = shares(view);
  const divisor = add(share, equal(share, fill(0, share.shape)));
  return mul(div(weights, divisor), 1 / countOf(view));
}
