/** @file What each equation of a graph is to the planner. */

import type { Value } from "../../../graph/value.ts";
import { opOf } from "../../../ops/index.ts";
import { domainOf, inMemory, isRowMajor, sameDomain } from "./layout.ts";

/**
 * - `pointwise`: may be recomputed wherever it is used, inside a pass over its domain
 * - `sum`: adds up along axes while a pass runs
 * - `repeat`: `fill` and `expand`, which a pass reads without their being stored
 * - `identity`: the same elements in the same domain
 * - `view`: the same memory in another domain
 * - `opaque`: an instruction of its own
 */
export type Role = "input" | "pointwise" | "sum" | "repeat" | "identity" | "view" | "opaque";

/** Rounds an image for a convolution of reduced precision; the planner's own op. */
export const BFLOAT16 = "bfloat16";

export type Roles = (value: Value) => Role;

/**
 * @param unfused everything is an instruction of its own, as on devices without fused passes
 * @param forced values that are instructions of their own all the same
 */
export function rolesOf(unfused: boolean, forced: ReadonlySet<Value> = new Set()): Roles {
  return (value) => {
    if (value.op === "input") return "input";
    if (value.op === BFLOAT16) return "pointwise";
    const role = opOf(value.op).torch;
    if (role === "view") return viewRole(value);
    if (role === "repeat") return "repeat";
    if (unfused || forced.has(value)) return "opaque";
    if (role === "pointwise") return value.inputs.every(({ dtype }) => dtype === "float") ? role : "opaque";
    if (role === "sum") return keepsEnds(value) ? role : "opaque";
    return "opaque";
  };
}

function viewRole(value: Value): Role {
  const [x] = value.inputs as [Value];
  if (value.op === "stopGradient") return "identity";
  if (!isRowMajor(x.shape) || !isRowMajor(value.shape)) return "opaque";
  if (sameDomain(x.shape, value.shape)) return "identity";
  return isRepeated(x) ? "opaque" : "view";
}

/** Whether a value's memory holds each element once while the value repeats it. */
function isRepeated(value: Value): boolean {
  let at = value;
  while (at.op === "reshape" || at.op === "stopGradient") at = at.inputs[0]!;
  return at.op === "expand";
}

/** For each axis of the domain whether the sum keeps it. */
export function keptAxes(sum: Value): boolean[] {
  const [x] = sum.inputs as [Value];
  const axes = sum.attrs["axes"] as readonly number[];
  return inMemory(
    x.shape,
    x.shape.map((_, axis) => !axes.includes(axis)),
  );
}

/** A pass sums over [N, M, C] keeping N, C, both or none: what is kept lies at the ends. */
function keepsEnds(sum: Value): boolean {
  const runs = keptAxes(sum).filter((kept, i, all) => i === 0 || kept !== all[i - 1]);
  return runs.length < 3 || (runs.length === 3 && runs[0]!);
}

/** A value without the identities in front of it. */
export function behind(value: Value, roles: Roles): Value {
  let at = value;
  while (roles(at) === "identity") at = at.inputs[0]!;
  return at;
}

/** The value whose memory a value looks at. */
export function rootOf(value: Value, roles: Roles): Value {
  let at = value;
  while (["identity", "view"].includes(roles(at)) || at.op === "expand") at = at.inputs[0]!;
  return at;
}

/** How a pass sees an operand: a number, an array that is read whole or repeated, or something computed on the way. */
export type Operand =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "load"; readonly from: Value; readonly repeats: readonly boolean[] }
  | { readonly kind: "computed"; readonly value: Value };

/** @param stored values that have memory of their own besides those that must */
export function operandOf(operand: Value, roles: Roles, stored: ReadonlySet<Value>): Operand {
  const value = behind(operand, roles);
  if (roles(value) === "pointwise" && !stored.has(value)) return { kind: "computed", value };
  const from = rootOf(value, roles);
  if (from.op === "fill") return { kind: "constant", value: from.attrs["value"] as number };
  return { kind: "load", from, repeats: repeatsOf(value, roles) };
}

/** For each axis of the domain whether a value repeats what its memory holds. */
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
