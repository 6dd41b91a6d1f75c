/**
 * @file Decides which values get memory. Storing a value costs one write, and one read per pass that uses it.
 * Recomputing it costs reads of its operands in each of these passes. The decision is greedy, in topological order.
 */

import type { Graph } from "../../../graph/graph.ts";
import type { Value } from "../../../graph/value.ts";
import { isLarge, sameDomain } from "./layout.ts";
import type { Operand, Roles } from "./roles.ts";
import { behind, operandOf, rootOf } from "./roles.ts";

/** Ops that cost more than a read from memory. */
const EXPENSIVE = new Set(["exp", "log", "tanh", "sigmoid", "softplus"]);
/** A value used by several passes is stored if it takes more operations than this. */
const LONGEST = 24;
/** A large value used by several passes is stored if recomputing it reads more large arrays than this. */
export const MOST_READS = 2;

/**
 * Stored values, and levels. A value's level is the number of passes and instructions on the longest path before its
 * own; inputs and fills have level −1.
 */
export interface Storage {
  readonly stored: ReadonlySet<Value>;
  readonly levels: ReadonlyMap<Value, number>;
}

/** @param late for each twin (recompute.ts), the level before which it must not be computed */
export function planStorage(
  graph: Graph,
  order: readonly Value[],
  roles: Roles,
  late: ReadonlyMap<Value, number> = new Map(),
): Storage {
  const stored = demanded(graph, order, roles);
  const passes = passesOf(order, roles, stored, levelsOf(order, roles, stored, late));
  const costs = new Map<Value, Cost>();
  for (const value of order) {
    if (roles(value) !== "pointwise" || stored.has(value)) continue;
    const cost = costOf(value, roles, stored, costs);
    costs.set(value, cost);
    const repeated = (passes.get(value)?.size ?? 0) > 1;
    const dear = isLarge(value.shape) ? cost.reads.size > MOST_READS : true;
    if (repeated && (dear || cost.operations > LONGEST || EXPENSIVE.has(value.op))) stored.add(value);
  }
  return { stored, levels: levelsOf(order, roles, stored, late) };
}

/** Values that need memory: outputs, and operands of views, of `expand` and of instructions that are no passes. */
function demanded({ outputs }: Graph, order: readonly Value[], roles: Roles): Set<Value> {
  const stored = new Set<Value>();
  const demand = (operand: Value): void => {
    const value = behind(operand, roles);
    if (roles(value) === "pointwise" || value.op === "fill") stored.add(value);
  };
  for (const value of order) {
    const role = roles(value);
    if (role === "opaque" || role === "view") value.inputs.forEach(demand);
    if (value.op === "expand" && behind(value.inputs[0]!, roles).op !== "fill") demand(value.inputs[0]!);
  }
  outputs.forEach(demand);
  // A `fill` that is read as an array needs its element in memory.
  const looked = order.filter((value) => roles(value) === "opaque").flatMap(({ inputs }) => inputs);
  for (const value of [...looked, ...outputs]) {
    const root = rootOf(value, roles);
    if (root.op === "fill") stored.add(root);
  }
  return stored;
}

/** Levels of values. That of a pointwise value without memory is the first at which a pass can compute it. */
function levelsOf(
  order: readonly Value[],
  roles: Roles,
  stored: ReadonlySet<Value>,
  late: ReadonlyMap<Value, number>,
): Map<Value, number> {
  const levels = new Map<Value, number>();
  for (const value of order) {
    const role = roles(value);
    if (role === "input") levels.set(value, -1);
    else if (role === "opaque") {
      levels.set(value, 1 + Math.max(-1, ...value.inputs.map((x) => levels.get(rootOf(x, roles)) ?? -1)));
    } else if (role === "sum" || role === "pointwise") {
      const operands = value.inputs.map((x) => operandOf(x, roles, stored));
      const ready = operands.map((operand) => levelOf(operand, value.inputs[0]!, roles, stored, levels));
      levels.set(value, Math.max(late.get(value) ?? 0, ...ready));
    } else if (value.op === "fill") levels.set(value, -1);
  }
  return levels;
}

function levelOf(
  operand: Operand,
  { shape }: Value,
  roles: Roles,
  stored: ReadonlySet<Value>,
  levels: ReadonlyMap<Value, number>,
): number {
  if (operand.kind === "constant") return 0;
  if (operand.kind === "computed") return levels.get(operand.value)!;
  const before = levels.get(operand.from) ?? -1;
  return isJoinable(operand, shape, roles, stored) ? before : before + 1;
}

/** Whether a pass over `shape` can also compute this operand: a stored value that it reads element for element. */
export function isJoinable(
  operand: Operand,
  shape: readonly number[],
  roles: Roles,
  stored: ReadonlySet<Value>,
): boolean {
  return (
    operand.kind === "load" &&
    roles(operand.from) === "pointwise" &&
    stored.has(operand.from) &&
    operand.repeats.every((repeats) => !repeats) &&
    sameDomain(operand.from.shape, shape)
  );
}

/** For each value that is not stored, the levels of the passes that compute it. */
function passesOf(
  order: readonly Value[],
  roles: Roles,
  stored: ReadonlySet<Value>,
  levels: ReadonlyMap<Value, number>,
): Map<Value, Set<number>> {
  const passes = new Map<Value, Set<number>>();
  for (const value of [...order].reverse()) {
    const role = roles(value);
    if (role !== "pointwise" && role !== "sum") continue;
    const own = role === "sum" || stored.has(value) ? [levels.get(value)!] : (passes.get(value) ?? []);
    for (const x of value.inputs) {
      const operand = operandOf(x, roles, stored);
      if (operand.kind !== "computed") continue;
      const all = passes.get(operand.value) ?? new Set();
      for (const level of own) all.add(level);
      passes.set(operand.value, all);
    }
  }
  return passes;
}

interface Cost {
  /** Large arrays that are read without repetition. */
  readonly reads: ReadonlySet<Value>;
  readonly operations: number;
}

function costOf(value: Value, roles: Roles, stored: ReadonlySet<Value>, costs: ReadonlyMap<Value, Cost>): Cost {
  const reads = new Set<Value>();
  let operations = 1;
  for (const x of value.inputs) {
    const operand = operandOf(x, roles, stored);
    if (operand.kind === "load" && operand.repeats.every((repeats) => !repeats) && isLarge(operand.from.shape)) {
      reads.add(operand.from);
    }
    if (operand.kind === "computed") {
      const cost = costs.get(operand.value)!;
      cost.reads.forEach((read) => reads.add(read));
      operations += cost.operations;
    }
  }
  return { reads, operations };
}
