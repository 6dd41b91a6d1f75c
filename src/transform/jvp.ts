/** @file Forward mode: tangents of outputs from tangents of inputs. Extends the same graph; knows ops only by kind. */

import { topological } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import { fill } from "../ops/broadcast.ts";
import { apply } from "../ops/define.ts";
import { add, mul } from "../ops/elementwise.ts";
import { opOf } from "../ops/index.ts";

/** A tangent; `undefined` is zero, so that constants cost nothing. */
export type Tangent = Value | undefined;

const plus = (a: Tangent, b: Tangent): Tangent => (a && b ? add(a, b) : (a ?? b));

/** The tangent of one equation's result. */
function pushForward(value: Value, tangents: readonly Tangent[]): Tangent {
  if (tangents.every((tangent) => tangent === undefined)) return undefined;
  const op = opOf(value.op);
  const [a, b] = value.inputs;
  const [da, db] = tangents;
  switch (op.kind) {
    case "constant":
      return undefined;
    case "linear": {
      const moved = value.inputs.map((x, i) => (x.dtype === "int" ? x : (tangents[i] ?? fill(0, x.shape))));
      return apply(op, moved, value.attrs);
    }
    case "bilinear":
      return plus(da && apply(op, [da, b!], value.attrs), db && apply(op, [a!, db], value.attrs));
    case "elementwise": {
      const slopes = op.slopes(value.inputs, value, value.attrs);
      return slopes.map((slope, i) => tangents[i] && mul(tangents[i], slope)).reduce(plus);
    }
    case "nonlinear":
      return op.jvp(value.inputs, tangents, value, value.attrs);
  }
}

/**
 * Jacobian–vector product: directional derivatives of `outputs` when each `inputs[i]` moves along `tangents[i]`. The
 * inputs may be any values of the graph.
 * @returns one tangent per output, `undefined` if no moving input reaches it
 */
export function jvp(outputs: readonly Value[], inputs: readonly Value[], tangents: readonly Tangent[]): Tangent[] {
  const moving = new Map<Value, Tangent>(inputs.map((x, i) => [x, tangents[i]]));
  for (const value of topological(outputs)) {
    if (moving.has(value) || value.op === "input") continue;
    moving.set(
      value,
      pushForward(
        value,
        value.inputs.map((x) => moving.get(x)),
      ),
    );
  }
  return outputs.map((output) => moving.get(output));
}
