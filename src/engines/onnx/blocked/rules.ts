/** @file Lowering of equations that compute in blocked memory, or have a special way to read from it. */

import type { Value } from "../../../graph/value.ts";
import { opOf } from "../../../ops/index.ts";
import { lowerCombination } from "./affine.ts";
import { isAffine } from "./combination.ts";
import type { Layouts } from "./layouts.ts";
import { broadcastBlocked } from "./layouts.ts";
import { lowerSum } from "./reduce.ts";
import { lowerWeightGrad, weightGradRunsBlocked } from "./weight-grad.ts";

const BROADCASTS = new Set(["add", "sub", "mul", "equal"]);

/** Lowers a value that lives in blocked memory. */
export function lowerBlocked(layouts: Layouts, value: Value): string {
  const [x] = value.inputs as [Value];
  if (value.op === "relu" && layouts.isAbsorbed(x)) return lowerCombination(layouts, x, value);
  if (isAffine(value) || /^(conv2d|slice$|pad$)/.test(value.op)) return lowerCombination(layouts, value);
  const inputs = value.inputs.map((operand) =>
    BROADCASTS.has(value.op) ? broadcastBlocked(layouts, operand) : layouts.blocked(operand),
  );
  return opOf(value.op).onnx(layouts.builder, { inputs, specs: value.inputs, attrs: value.attrs, result: value });
}

/** Lowers a plain value directly from blocked operands; undefined if there is no such rule. */
export function lowerFromBlocked(layouts: Layouts, value: Value): string | undefined {
  if (value.op === "conv2dWeightGrad" && weightGradRunsBlocked(value, layouts.block))
    return lowerWeightGrad(layouts, value);
  if (value.op === "sum" && layouts.isBlocked(value.inputs[0]!)) return lowerSum(layouts, value);
  return undefined;
}
