/**
 * @file Extracts per-channel affine combinations, Σᵢ scaleᵢ · xᵢ + offset, from the graph. Batch norm, its derivatives
 * and shortcuts consist of them. Scales and offsets are small `[1, C, 1, 1]` values, combined here symbolically.
 */

import type { Value } from "../../../graph/value.ts";
import { expand, fill } from "../../../ops/broadcast.ts";
import { add, mul, neg } from "../../../ops/elementwise.ts";

/** One term scale · value of a combination. */
export interface Term {
  readonly value: Value;
  /** `[1, C, 1, 1]`; undefined means 1 */
  readonly scale: Value | undefined;
}

/** Σᵢ scaleᵢ · valueᵢ + offset. */
export interface Combination {
  readonly terms: readonly Term[];
  /** `[1, C, 1, 1]`; undefined means 0 */
  readonly offset: Value | undefined;
}

/** A repeated value that depends on the channel alone, as `[1, C, 1, 1]`; undefined for any other value. */
function perChannel(value: Value): Value | undefined {
  const [, C] = value.shape as [number, number];
  if (value.op === "fill") return fill(value.attrs["value"] as number, [1, C, 1, 1]);
  if (value.op !== "expand") return undefined;
  const [small] = value.inputs as [Value];
  return small.shape.every((extent, axis) => axis === 1 || extent === 1) ? expand(small, [1, C, 1, 1]) : undefined;
}

const isPerChannel = (value: Value): boolean => perChannel(value) !== undefined;

/** Whether an equation only adds, subtracts, negates or scales per channel. */
export function isAffine({ op, inputs, shape }: Value): boolean {
  if (shape.length !== 4) return false;
  return op === "add" || op === "sub" || op === "neg" || (op === "mul" && inputs.some(isPerChannel));
}

const numberOf = (value: Value | undefined): number | undefined =>
  value === undefined ? 1 : value.op === "fill" ? (value.attrs["value"] as number) : undefined;

function times(a: Value | undefined, b: Value | undefined): Value | undefined {
  const [p, q] = [numberOf(a), numberOf(b)];
  if (p !== undefined && q !== undefined) return p * q === 1 ? undefined : fill(p * q, (a ?? b)!.shape);
  if (p === -1) return neg(b!);
  if (q === -1) return neg(a!);
  return a && b ? mul(a, b) : (a ?? b);
}

function plus(a: Value | undefined, b: Value | undefined): Value | undefined {
  return a && b ? add(a, b) : (a ?? b);
}

/** The combination that `root` computes, expanded through the values that it absorbs. */
export function combinationOf(root: Value, isAbsorbed: (value: Value) => boolean): Combination {
  const terms = new Map<Value, Value | undefined>();
  const one = fill(1, [1, root.shape[1]!, 1, 1]);
  let offset: Value | undefined;
  const visit = (value: Value, scale: Value | undefined): void => {
    const constant = perChannel(value);
    if (constant) {
      offset = plus(offset, times(scale, constant) ?? one);
      return;
    }
    if (!isAffine(value) || !(value === root || isAbsorbed(value))) {
      terms.set(value, terms.has(value) ? plus(terms.get(value) ?? one, scale ?? one) : scale);
      return;
    }
    const [a, b] = value.inputs;
    if (value.op === "mul") {
      const factor = perChannel(b!);
      visit(factor ? a! : b!, times(scale, factor ?? perChannel(a!)));
    } else {
      const minus = times(scale, fill(-1, [1, root.shape[1]!, 1, 1]));
      visit(a!, value.op === "neg" ? minus : scale);
      if (b) visit(b, value.op === "sub" ? minus : scale);
    }
  };
  visit(root, undefined);
  return { terms: [...terms].map(([value, scale]) => ({ value, scale })), offset };
}
