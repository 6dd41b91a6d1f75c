/** @file Transposition: turns a graph that is linear in some inputs into one from output to input cotangents. */

import { topological } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import { add } from "../ops/elementwise.ts";
import { opOf } from "../ops/index.ts";

/** Cotangents of one equation's operands, `undefined` for operands that do not depend on the linear inputs. */
function pullBack(value: Value, ct: Value, depends: (operand: Value) => boolean): readonly (Value | undefined)[] {
  const op = opOf(value.op);
  const [a, b] = value.inputs;
  if (op.kind === "linear") return op.transpose(ct, value.inputs, value.attrs);
  if (op.kind === "bilinear" && !(depends(a!) && depends(b!))) {
    return depends(a!)
      ? [op.transposeA(ct, b!, a!, value.attrs), undefined]
      : [undefined, op.transposeB(ct, a!, b!, value.attrs)];
  }
  throw new Error(`internal: transpose met ${value.op}, which is not linear in its operands`);
}

/**
 * Cotangents of `linearInputs` given cotangents of `outputs` (`undefined` is zero).
 * @returns one cotangent per linear input, `undefined` where no output depends on it
 */
export function transposeLinear(
  outputs: readonly Value[],
  linearInputs: readonly Value[],
  cotangents: readonly (Value | undefined)[],
): (Value | undefined)[] {
  const order = topological(outputs);
  const dependent = new Set(linearInputs);
  for (const value of order) if (value.inputs.some((operand) => dependent.has(operand))) dependent.add(value);

  const gathered = new Map<Value, Value>();
  const give = (to: Value, ct: Value | undefined): void => {
    if (ct === undefined || !dependent.has(to)) return;
    const before = gathered.get(to);
    gathered.set(to, before ? add(before, ct) : ct);
  };
  outputs.forEach((output, i) => give(output, cotangents[i]));
  const stops = new Set(linearInputs);
  for (const value of order.reverse()) {
    const ct = gathered.get(value);
    if (ct === undefined || stops.has(value)) continue;
    pullBack(value, ct, (operand) => dependent.has(operand)).forEach((part, i) => give(value.inputs[i]!, part));
  }
  return linearInputs.map((x) => gathered.get(x));
}
