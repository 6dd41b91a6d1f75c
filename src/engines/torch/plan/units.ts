/**
 * @file Units of scheduling: passes, and instructions of their own. Two convolutions that are added form one unit: the
 * second accumulates into the first one's result.
 */

import type { Graph } from "../../../graph/graph.ts";
import { topological } from "../../../graph/graph.ts";
import type { Value } from "../../../graph/value.ts";
import { opOf } from "../../../ops/index.ts";
import type { Pass } from "./passes.ts";
import { planPasses, readsOf } from "./passes.ts";
import { recomputeLate } from "./recompute.ts";
import type { Roles } from "./roles.ts";
import { BFLOAT16, rolesOf, rootOf } from "./roles.ts";
import type { Unit } from "./schedule.ts";
import type { Storage } from "./storage.ts";
import type { Collapsed } from "./tile.ts";
import { planStorage } from "./storage.ts";

/** A pass as a unit; `plan` says how it runs. */
export interface PassUnit extends Unit {
  readonly kind: "pass";
  readonly plan: Collapsed;
}

/** `parts`, run one after another, write one array: a single equation, or the two terms of a sum of convolutions. */
export interface OpaqueUnit extends Unit {
  readonly kind: "opaque";
  readonly parts: readonly Value[];
}

export interface Units {
  /** The planned graph. Some values may have a twin: a copy that is recomputed later (recompute.ts). */
  readonly graph: Graph;
  readonly units: readonly (PassUnit | OpaqueUnit)[];
  readonly roles: Roles;
  readonly storage: Storage;
}

/** @param fused whether the device has fused passes */
export function planUnits(graph: Graph, fused: boolean): Units {
  const units = planOnce(graph, fused, new Map());
  if (!fused) return units;
  const lighter = recomputeLate(graph, topological(graph.outputs), units.roles, units.storage);
  return lighter.late.size === 0 ? units : planOnce(lighter.graph, fused, lighter.late);
}

function planOnce(graph: Graph, fused: boolean, late: ReadonlyMap<Value, number>): Units {
  const order = topological(graph.outputs);
  const pairs = fused ? pairsOf(graph, order) : new Set<Value>();
  const forced = new Set(pairs);
  for (;;) {
    const roles = rolesOf(!fused, forced);
    const storage = planStorage(graph, order, roles, late);
    const passes = planPasses(order, roles, storage);
    // Results that no pass can compute become instructions of their own; then planning starts again.
    const odd = passes.filter(({ plan }) => !plan).flatMap(({ results }) => results);
    if (odd.length === 0) return { graph, units: unitsOf(order, pairs, passes, roles, storage), roles, storage };
    odd.forEach((value) => forced.add(value));
  }
}

/** Sums conv + conv whose terms have no other use: the second convolution accumulates into the first one's result. */
function pairsOf({ outputs }: Graph, order: readonly Value[]): Set<Value> {
  const uses = new Map<Value, number>();
  for (const value of [...order.flatMap(({ inputs }) => inputs), ...outputs])
    uses.set(value, (uses.get(value) ?? 0) + 1);
  const isRepeated = ({ op }: Value): boolean => op === "expand" || op === "fill";
  const isTerm = ({ op, inputs }: Value): boolean =>
    (op === "conv2d" || op === "conv2dInputGrad") && !inputs.some(isRepeated);
  return new Set(order.filter(({ op, inputs }) => op === "add" && inputs.every((x) => isTerm(x) && uses.get(x) === 1)));
}

function unitsOf(
  order: readonly Value[],
  pairs: ReadonlySet<Value>,
  passes: readonly Pass[],
  roles: Roles,
  storage: Storage,
): (PassUnit | OpaqueUnit)[] {
  const passOf = new Map(passes.flatMap((pass) => pass.results.map((result) => [result, pass] as const)));
  const terms = new Set([...pairs].flatMap(({ inputs }) => inputs));
  const units: (PassUnit | OpaqueUnit)[] = [];
  for (const value of order) {
    const pass = passOf.get(value);
    if (pass?.plan) {
      const { results, plan } = pass;
      if (results[0] !== value) continue;
      const reads = new Set(results.flatMap((result) => [...readsOf(result, roles, storage)]));
      results.forEach((result) => reads.delete(result));
      units.push({ kind: "pass", makes: results, reads, plan });
    } else if ((roles(value) === "opaque" && !terms.has(value)) || (value.op === "fill" && storage.stored.has(value))) {
      const parts = pairs.has(value) ? value.inputs : [value];
      const reads = new Set(parts.flatMap(({ inputs }) => inputs).map((x) => rootOf(x, roles)));
      units.push({ kind: "opaque", makes: [value], parts, reads });
    }
  }
  // By level: a network's layers and their tangents run side by side, so a layer's arrays are freed early.
  const levelOf = ({ makes }: Unit): number => storage.levels.get(makes[0]!)!;
  return units.sort((a, b) => levelOf(a) - levelOf(b));
}

/** Whether a value is one of the three convolutions. */
export const isConvolution = ({ op }: Value): boolean =>
  op !== "input" && op !== BFLOAT16 && opOf(op).torch === "convolution";
