/**
 * @file Passes (fused loops). Results over one domain, at one level, that share operands are computed in one walk
 * through memory.
 */

import type { Value } from "../../../graph/value.ts";
import { domainOf, isLarge } from "./layout.ts";
import type { Roles } from "./roles.ts";
import { operandOf } from "./roles.ts";
import type { Storage } from "./storage.ts";
import type { Collapsed } from "./tile.ts";
import { collapse } from "./tile.ts";

/** A pass: stored values and sums that one loop computes. */
export interface Pass {
  readonly results: readonly Value[];
  /** The domain and operations of the pass; undefined if no pass can compute the results. */
  readonly plan: Collapsed | undefined;
}

/** Values with memory that a pass loads to compute one of its results, directly or through recomputed values. */
export function readsOf(result: Value, roles: Roles, { stored }: Storage): Set<Value> {
  const reads = new Set<Value>();
  const seen = new Set<Value>();
  const stack = [...result.inputs];
  while (stack.length > 0) {
    const operand = operandOf(stack.pop()!, roles, stored);
    if (operand.kind === "load") reads.add(operand.from);
    if (operand.kind !== "computed" || seen.has(operand.value)) continue;
    seen.add(operand.value);
    stack.push(...operand.value.inputs);
  }
  return reads;
}

/** Whether a value is the result of a pass: a sum, or a pointwise value that is stored. */
export const isResult = (value: Value, roles: Roles, { stored }: Storage): boolean =>
  roles(value) === "sum" || (roles(value) === "pointwise" && stored.has(value));

const domainKey = (result: Value, roles: Roles): string =>
  domainOf(roles(result) === "sum" ? result.inputs[0]!.shape : result.shape).join();

/** Groups all results into passes. */
export function planPasses(order: readonly Value[], roles: Roles, storage: Storage): Pass[] {
  const groups = new Map<string, Value[]>();
  for (const value of order) {
    if (!isResult(value, roles, storage)) continue;
    const key = `${storage.levels.get(value)} ${domainKey(value, roles)}`;
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return [...groups.values()].flatMap((results) => connected(results, roles, storage));
}

/**
 * Connected components of the results: two results are connected if they share a large array or one reads the other.
 * Small domains are never split.
 */
function connected(results: readonly Value[], roles: Roles, storage: Storage): Pass[] {
  const [first] = results as [Value];
  const { shape } = roles(first) === "sum" ? first.inputs[0]! : first;
  const parts = isLarge(shape) ? components(results, roles, storage) : [results];
  const passOf = (part: readonly Value[]): Pass => ({ results: part, plan: collapse(part, roles, storage.stored) });
  return parts.flatMap((part) => {
    const pass = passOf(part);
    return pass.plan || part.length === 1 ? [pass] : part.map((result) => passOf([result]));
  });
}

function components(results: readonly Value[], roles: Roles, storage: Storage): Value[][] {
  const parts: { results: Value[]; touches: Set<Value> }[] = [];
  for (const result of results) {
    const touches = new Set([result, ...[...readsOf(result, roles, storage)].filter(({ shape }) => isLarge(shape))]);
    const mine = { results: [result], touches };
    for (const part of [...parts]) {
      if (![...part.touches].some((value) => touches.has(value))) continue;
      parts.splice(parts.indexOf(part), 1);
      mine.results.unshift(...part.results);
      part.touches.forEach((value) => touches.add(value));
    }
    parts.push(mine);
  }
  const place = new Map(results.map((result, i) => [result, i]));
  return parts.map((part) => part.results.sort((a, b) => place.get(a)! - place.get(b)!));
}
