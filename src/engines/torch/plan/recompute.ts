/**
 * @file Rematerialization: some values are computed again instead of being kept. Arrays of a network's forward pass
 * stay in memory until the backward pass reads them. An activation need not stay if it is computed from at most two
 * large arrays that stay anyway. Its late users read a twin, computed just before the first of them, mostly inside a
 * pass that reads those arrays in any case.
 */

import type { Graph } from "../../../graph/graph.ts";
import type { Value } from "../../../graph/value.ts";
import { isLarge } from "./layout.ts";
import { isResult, readsOf } from "./passes.ts";
import type { Roles } from "./roles.ts";
import { rootOf } from "./roles.ts";
import type { Storage } from "./storage.ts";
import { MOST_READS } from "./storage.ts";

/** A value is not kept across this many levels (or more) between two users: about three layers of a network. */
const LONG = 24;

export interface Recomputed {
  readonly graph: Graph;
  /** The level at which each twin is computed. */
  readonly late: ReadonlyMap<Value, number>;
}

/** The users that read the twin, and the level at which the twin is computed. */
interface Split {
  readonly users: ReadonlySet<Value>;
  readonly level: number;
}

/** Gives twins to the late users of values that are cheap to recompute. `storage` is that of the given graph. */
export function recomputeLate(graph: Graph, order: readonly Value[], roles: Roles, storage: Storage): Recomputed {
  const users = usersOf(order, roles, storage);
  const splits = new Map<Value, Split>();
  for (const value of order) {
    if (roles(value) !== "pointwise" || !storage.stored.has(value) || !isLarge(value.shape)) continue;
    const split = splitOf(users.get(value) ?? [], roles, storage);
    if (!split) continue;
    const reads = [...readsOf(value, roles, storage)].filter(({ shape }) => isLarge(shape));
    const waits = (read: Value): boolean =>
      roles(read) !== "pointwise" && (users.get(read) ?? []).some((user) => storage.levels.get(user)! >= split.level);
    if (reads.length <= MOST_READS && reads.every(waits)) splits.set(value, split);
  }
  return rewrite(graph, order, roles, storage, splits);
}

/** The readers of each array: results of passes, and instructions of their own. */
function usersOf(order: readonly Value[], roles: Roles, storage: Storage): Map<Value, Value[]> {
  const users = new Map<Value, Value[]>();
  for (const user of order) {
    const isOpaque = roles(user) === "opaque";
    if (!isOpaque && !isResult(user, roles, storage)) continue;
    const reads = isOpaque ? new Set(user.inputs.map((x) => rootOf(x, roles))) : readsOf(user, roles, storage);
    for (const read of reads) {
      const known = users.get(read);
      if (known) known.push(user);
      else users.set(read, [user]);
    }
  }
  return users;
}

/** The users after the longest gap between two users, in levels; undefined if no gap is long enough. */
function splitOf(users: readonly Value[], roles: Roles, { levels }: Storage): Split | undefined {
  const levelOf = (user: Value): number => levels.get(user)!;
  const inTime = [...users].sort((a, b) => levelOf(a) - levelOf(b));
  let best = { gap: LONG - 1, at: 0 };
  for (let at = 1; at < inTime.length; at++) {
    const gap = levelOf(inTime[at]!) - levelOf(inTime[at - 1]!);
    if (gap > best.gap) best = { gap, at };
  }
  if (best.at === 0) return undefined;
  const late = inTime.slice(best.at);
  const level = levelOf(late[0]!);
  // A pass can compute the twin itself; an instruction of its own needs the twin one level earlier.
  const needsBefore = late.some((user) => roles(user) === "opaque" && levelOf(user) === level);
  return { users: new Set(late), level: needsBefore ? level - 1 : level };
}

/** The same graph, with late users reading twins. Values without memory between a twin and its user are copied too. */
function rewrite(
  graph: Graph,
  order: readonly Value[],
  roles: Roles,
  storage: Storage,
  splits: ReadonlyMap<Value, Split>,
): Recomputed {
  const now = new Map<Value, Value>();
  const twins = new Map<Value, Value>();
  const copies = new Map<Value, Value[]>();
  const hasMemory = (value: Value): boolean =>
    ["input", "opaque"].includes(roles(value)) || isResult(value, roles, storage);
  const copy = (value: Value, inputs: readonly Value[]): Value => {
    if (inputs.every((x, i) => x === value.inputs[i])) return value;
    const known = copies.get(value) ?? [];
    copies.set(value, known);
    const same = known.find((other) => other.inputs.every((x, i) => x === inputs[i]));
    if (same) return same;
    const fresh = { ...value, inputs };
    known.push(fresh);
    return fresh;
  };
  const seenBy = (user: Value | undefined, value: Value): Value => {
    if (!hasMemory(value))
      return copy(
        value,
        value.inputs.map((x) => seenBy(user, x)),
      );
    if (!user || !splits.get(value)?.users.has(user)) return now.get(value)!;
    const twin = twins.get(value) ?? { ...now.get(value)! };
    twins.set(value, twin);
    return twin;
  };
  for (const value of order) {
    if (!hasMemory(value)) continue;
    now.set(
      value,
      copy(
        value,
        value.inputs.map((x) => seenBy(value, x)),
      ),
    );
  }
  const outputs = graph.outputs.map((output) => seenBy(undefined, output));
  const late = new Map([...twins].map(([value, twin]) => [twin, splits.get(value)!.level] as const));
  return { graph: { inputs: graph.inputs, outputs }, late };
}
