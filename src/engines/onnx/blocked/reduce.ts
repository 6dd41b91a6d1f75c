/**
 * @file Sums over pixels of blocked values. One array is summed by average pooling, vectorised over channels. A product
 * of two arrays is summed by a convolution of each channel of each example with a kernel as large as the image. That
 * kernel is the second array itself, whose blocked memory already has the kernel's order. The product is never stored.
 */

import type { Value } from "../../../graph/value.ts";
import type { Layouts } from "./layouts.ts";
import { blockedNode, quadOf } from "./layouts.ts";

/** Whether an equation multiplies two arrays, neither of them repeated. */
export function isProduct({ op, inputs }: Value): boolean {
  return op === "mul" && inputs.every((x) => x.op !== "expand" && x.op !== "fill");
}

const hasAxes = (sum: Value, ...wanted: number[]): boolean =>
  wanted.every((axis) => (sum.attrs["axes"] as readonly number[]).includes(axis));

/** Whether a sum reduces pixels, perhaps examples, but not channels. */
export function sumsPixels(sum: Value): boolean {
  return sum.shape.length === 4 && hasAxes(sum, 2, 3) && !hasAxes(sum, 1);
}

/** A sum of a blocked value, plain; undefined if it must be computed in plain memory. */
export function lowerSum(layouts: Layouts, sum: Value): string | undefined {
  const { builder: g } = layouts;
  const [x] = sum.inputs as [Value];
  const attributes = { keepdims: 1 };
  if (!sumsPixels(sum)) {
    // A sum over all channels and pixels does not depend on the layout.
    if (!hasAxes(sum, 1, 2, 3)) return undefined;
    return g.node("ReduceSum", [layouts.blocked(x), g.ints(sum.attrs["axes"] as readonly number[])], { attributes });
  }
  const [, , H, W] = quadOf(x);
  const isDot = layouts.isAbsorbed(x);
  const each = isDot ? dot(layouts, x) : blockedNode(g, "GlobalAveragePool", [layouts.blocked(x)]);
  let total = hasAxes(sum, 0) ? g.node("ReduceSum", [each, g.ints([0])], { attributes }) : each;
  if (!isDot && H * W > 1) total = g.node("Mul", [total, g.floats([H * W], [])]);
  return total;
}

/** Σ over pixels of a · b, `[N, C, 1, 1]`. With one pixel, blocked and plain memory are the same. */
function dot({ builder: g, blocked }: Layouts, product: Value): string {
  const [a, b] = product.inputs as [Value, Value];
  const [N, C, H, W] = quadOf(product);
  const image = g.node("Reshape", [blocked(a), g.ints([1, N * C, H, W])]);
  const kernel = g.node("Reshape", [blocked(b), g.ints([N * C, 1, H, W])]);
  const sums = blockedNode(g, "Conv", [image, kernel], { attributes: { kernel_shape: [H, W], group: N * C } });
  return g.node("Reshape", [sums, g.ints([N, C, 1, 1])]);
}
