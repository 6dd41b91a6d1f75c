/**
 * @file Decides which values live in blocked memory, which are absorbed into the node that uses them, and which
 * equation reads each last.
 *
 * Convolutions need blocked memory; elementwise results of blocked values stay in it. Everything else is plain.
 */

import type { Graph } from "../../../graph/graph.ts";
import { topological } from "../../../graph/graph.ts";
import type { Value } from "../../../graph/value.ts";
import { elementwiseOps } from "../../../ops/elementwise.ts";
import { isAffine } from "./combination.ts";
import { runsBlocked } from "./convolution.ts";
import { fitsBlocks } from "./layouts.ts";
import { isProduct, sumsPixels } from "./reduce.ts";
import { selects } from "./selection.ts";

/** Decisions about the memory and the nodes of a graph's values. */
export interface Plan {
  /** The values to lower, operands first. Repeated and absorbed values are lowered by their users. */
  readonly order: readonly Value[];
  readonly isBlocked: (value: Value) => boolean;
  /** Whether a value is never stored, because its only user computes it. */
  readonly isAbsorbed: (value: Value) => boolean;
  /** Whether `at` is the last equation that reads the blocked `value`, and may overwrite it. */
  readonly diesAt: (value: Value, at: Value) => boolean;
}

const POINTWISE: ReadonlySet<string> = new Set(elementwiseOps.map(({ name }) => name));

/** Leaves, and values that are cheaper to make at each use. */
const isLazy = ({ op }: Value): boolean => op === "expand" || op === "fill" || op === "input";

/** @param block channels in a block; undefined when everything is plain */
export function planOf(graph: Graph, block: number | undefined): Plan {
  // Equations of the last outputs first: onnxruntime orders nodes so, and cotangents of parameters are ready early.
  const order = topological([...graph.outputs].reverse());
  const blocked = block === undefined ? new Set<Value>() : blockedValues(order, block);
  const absorbed = absorbedValues(order, graph, blocked);
  const emitted = order.filter((value) => !isLazy(value) && !absorbed.has(value));
  const readBy = lastReaders(emitted, absorbed);
  const kept = new Set(graph.outputs);
  return {
    order: emitted,
    isBlocked: (value) => blocked.has(value),
    isAbsorbed: (value) => absorbed.has(value),
    diesAt: (value, at) => readBy.get(value) === at && blocked.has(value) && !kept.has(value),
  };
}

function blockedValues(order: readonly Value[], block: number): Set<Value> {
  const blocked = new Set<Value>();
  for (const value of order) {
    const follows = value.inputs.some((x) => blocked.has(x));
    const stays = follows && ((POINTWISE.has(value.op) && fitsBlocks(value, block)) || selects(value, block));
    if (stays || runsBlocked(value, block)) blocked.add(value);
  }
  return blocked;
}

/**
 * Blocked values whose only user can absorb them: terms of sums, convolutions followed by a sum, slices followed by a
 * pad, and products that are summed over pixels.
 */
function absorbedValues(order: readonly Value[], { outputs }: Graph, blocked: ReadonlySet<Value>): Set<Value> {
  const users = new Map<Value, Value[]>();
  for (const value of order) for (const x of value.inputs) users.set(x, [...(users.get(x) ?? []), value]);
  const kept = new Set(outputs);
  const absorbs = (user: Value, value: Value): boolean => {
    if (user.op === "sum") return isProduct(value) && sumsPixels(user);
    if (!blocked.has(user)) return false;
    if (value.op === "slice") return user.op === "pad";
    const isTerm = isAffine(value) || value.op === "pad" || value.op.startsWith("conv2d");
    return isTerm && (isAffine(user) || user.op === "relu");
  };
  return new Set(
    order.filter((value) => {
      const readers = users.get(value) ?? [];
      return blocked.has(value) && !kept.has(value) && readers.length === 1 && absorbs(readers[0]!, value);
    }),
  );
}

function lastReaders(emitted: readonly Value[], absorbed: ReadonlySet<Value>): Map<Value, Value> {
  const reads = (value: Value): Value[] =>
    value.inputs.flatMap((x) => (absorbed.has(x) || (isLazy(x) && x.op !== "input") ? reads(x) : [x]));
  return new Map(emitted.flatMap((value) => reads(value).map((x) => [x, value] as const)));
}
