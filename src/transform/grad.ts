/**
 * @file Reverse mode, derived as the transpose of forward mode. `vjp` and `gradient` work on values of one graph,
 * `grad` and `hvp` on functions; the latter nest freely.
 */

import { ShapeError } from "../errors.ts";
import { rebuild } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { fill } from "../ops/broadcast.ts";
import type { Tree } from "../tree.ts";
import { leaves, unflatten } from "../tree.ts";
import { jvp } from "./jvp.ts";
import { transposeLinear } from "./transpose.ts";

/**
 * Vector–Jacobian product: cotangents of `inputs` given cotangents of `outputs` (`undefined` is zero). Inputs on which
 * no output depends get zeros.
 */
export function vjp(
  outputs: readonly Value[],
  inputs: readonly Value[],
  cotangents: readonly (Value | undefined)[],
): Value[] {
  const tangents = inputs.map(input);
  const moved = jvp(outputs, inputs, tangents);
  const reached = moved.flatMap((tangent, i) => (tangent && cotangents[i] ? [{ tangent, ct: cotangents[i] }] : []));
  const cts = transposeLinear(
    reached.map(({ tangent }) => tangent),
    tangents,
    reached.map(({ ct }) => ct),
  );
  return inputs.map((x, i) => cts[i] ?? fill(0, x.shape));
}

/** ∂y/∂xᵢ of a scalar y for any values xᵢ that it was computed from. @throws ShapeError unless y is a scalar */
export function gradient(y: Value, xs: readonly Value[]): Value[] {
  if (y.shape.length > 0) throw new ShapeError(`gradient: expected a scalar, got [${y.shape.join(",")}]; sum it first`);
  return vjp([y], xs, [fill(1)]);
}

/** `outputs` with `from[i]` replaced by `to[i]`. */
export function substitute(outputs: readonly Value[], from: readonly Value[], to: readonly Value[]): Value[] {
  const replaced = new Map(from.map((value, i) => [value, to[i]!]));
  return rebuild(outputs, replaced, (value, operands) =>
    operands.every((operand, i) => operand === value.inputs[i]) ? value : { ...value, inputs: operands },
  );
}

/** Differentiates at fresh inputs, then substitutes the arguments: so nested calls never confuse their variables. */
function atFreshInputs<T extends Tree<Value>>(x: T, build: (fresh: T, flat: readonly Value[]) => readonly Value[]): T {
  const fresh = leaves(x).map(input);
  const built = build(unflatten(x, fresh) as T, fresh);
  return unflatten(x, substitute(built, fresh, leaves(x))) as T; // the structure of x with other leaves
}

/**
 * The gradient of a scalar function with respect to its first argument, a value or a tree of values.
 * @example grad((x) => sumAll(mul(x, x)))(x)   // 2x
 */
export function grad<T extends Tree<Value>, Rest extends readonly unknown[]>(
  f: (x: T, ...rest: Rest) => Value,
): (x: T, ...rest: Rest) => T {
  return (x, ...rest) => atFreshInputs(x, (fresh, flat) => gradient(f(fresh, ...rest), flat));
}

/** Hessian–vector product ∇²f(x)·v, forward over reverse, without forming the Hessian. */
export function hvp<T extends Tree<Value>>(f: (x: T) => Value): (x: T, v: T) => T {
  return (x, v) =>
    atFreshInputs(x, (fresh, flat) => {
      const products = jvp(gradient(f(fresh), flat), flat, leaves(v));
      return products.map((product, i) => product ?? fill(0, flat[i]!.shape));
    });
}
