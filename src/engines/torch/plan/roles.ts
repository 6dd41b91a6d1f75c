/** @file Roles: how the planner treats each equation of a graph. */

import type { Value } from "../../../graph/value.ts";
import { opOf } from "../../../ops/index.ts";
import { domainOf, inMemory, isRowMajor, sameDomain } from "./layout.ts";

/**
 * - `pointwise`: elementwise; may be recomputed in every pass over its domain that uses it
 * - `sum`: a reduction along axes, accumulated while a pass runs
 * - `repeat`: `fill` and `expand`; a pass reads them as repeated operands, so they need no memory
 * - `identity`: an alias, with the same elements in the same domain
 * - `view`: the same memory, read as another domain
 * - `opaque`: computed by an instruction of its own
 */
export type Role = "input" | "pointwise" | "sum" | "repeat" | "identity" | "view" | "opaque";

/** An op that only the planner adds: rounds an image to bfloat16 for a convolution of reduced precision. */
export const BFLOAT16 = "bfloat16";

/** The role of each value. */
export type Roles = (value: Value) => Role;

/**
 * @param unfused every computed value is an instruction of its own, as on devices without fused passes
 * @param forced values that are instructions of their own whatever their op
 */
export function rolesOf(unfused: boolean, forced: ReadonlySet<Value> = new Set()): Roles {
  const known = new Map<Value, Role>();
  return (value) => {
    let role = known.get(value);
    if (role === undefined) known.set(value, (role = decide(value)));
    return role;
  };

  function decide(value: Value): Role {
    if (value.op === "input") return "input";
    if (value.op === BFLOAT16) return "pointwise";
    const role = opOf(value.op).torch;
    if (role === "view") return viewRole(value);
    if (role === "repeat") return "repeat";
    if (unfused || forced.has(value)) return "opaque";
    if (role === "pointwise") return value.inputs.every(({ dtype }) => dtype === "float") ? role : "opaque";
    if (role === "sum") return keepsEnds(value) ? role : "opaque";
    return "opaque";
  }
}

function viewRole(value: Value): Role {
  const [x] = value.inputs as [Value];
  if (value.op === "stopGradient") return "identity";
  if (!isRowMajor(x.shape) || !isRowMajor(value.shape)) return "opaque";
  if (sameDomain(x.shape, value.shape)) return "identity";
  return isRepeated(x) ? "opaque" : "view";
}

/** Whether a value is an `expand`, whose memory holds each repeated element only once. */
function isRepeated(value: Value): boolean {
  let at = value;
  while (at.op === "reshape" || at.op === "stopGradient") at = at.inputs[0]!;
  return at.op === "expand";
}

/** For each axis of the domain: whether the sum keeps it. */
export function keptAxes(sum: Value): boolean[] {
  const [x] = sum.inputs as [Value];
  const axes = sum.attrs["axes"] as readonly number[];
  return inMemory(
    x.shape,
    x.shape.map((_, axis) => !axes.includes(axis)),
  );
}

/** Whether a pass can compute a sum: over a domain [N, M, C] it may keep N, C, both or neither, but never M. */
function keepsEnds(sum: Value): boolean {
  const runs = keptAxes(sum).filter((kept, i, all) => i === 0 || kept !== all[i - 1]);
  return runs.length < 3 || (runs.length === 3 && runs[0]!);
}

/** The value that is left when identities are skipped. */
export function behind(value: Value, roles: Roles): Value {
  let at = value;
  while (roles(at) === "identity") at = at.inputs[0]!;
  return at;
}

/** The value that owns a value's memory, found behind identities, views and `expand`. */
export function rootOf(value: Value, roles: Roles): Value {
  let at = value;
  while (["identity", "view"].includes(roles(at)) || at.op === "expand") at = at.inputs[0]!;
  return at;
}

/** How a pass gets an operand: a constant, an array (whole or repeated along some axes), or a recomputed value. */
export type Operand =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "load"; readonly from: Value; readonly repeats: readonly boolean[] }
  | { readonly kind: "computed"; readonly value: Value };

/** @param stored pointwise values that are kept in memory instead of being recomputed */
export function operandOf(operand: Value, roles: Roles, stored: ReadonlySet<Value>): Operand {
  const value = behind(operand, roles);
  if (roles(value) === "pointwise" && !stored.has(value)) return { kind: "computed", value };
  const from = rootOf(value, roles);
  if (from.op === "fill") return { kind: "constant", value: from.attrs["value"] as number };
  return { kind: "load", from, repeats: repeatsOf(value, roles) };
}

/** For each axis of the domain: whether the value repeats its memory along it. */
function repeatsOf(operand: Value, roles: Roles): boolean[] {
  const value = behind(operand, roles);
  if (value.op !== "expand") return domainOf(value.shape).map(() => false);
  const [x] = value.inputs as [Value];
  const before = repeatsOf(x, roles);
  return inMemory(
    value.shape,
    x.shape.map((extent) => extent === 1),
  ).map((repeats) => repeats || before.shift()!);
}
