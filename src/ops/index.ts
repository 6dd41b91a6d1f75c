/** @file The registry of ops by name. A new op is listed here; transforms and engines find its rules through it. */

import { EngineError } from "../errors.ts";
import { broadcastOps } from "./broadcast.ts";
import { convolutionOps } from "./convolution.ts";
import type { OpDef } from "./define.ts";
import { elementwiseOps } from "./elementwise.ts";
import { gatherOps } from "./gather.ts";
import { matmulOps } from "./matmul.ts";
import { movementOps } from "./movement.ts";
import { reduceOps } from "./reduce.ts";

const all: readonly OpDef[] = [
  ...elementwiseOps,
  ...broadcastOps,
  ...movementOps,
  ...reduceOps,
  ...matmulOps,
  ...convolutionOps,
  ...gatherOps,
];

/** Every op by name. */
export const ops: ReadonlyMap<string, OpDef> = new Map(all.map((op) => [op.name, op]));

/** The definition behind an equation. @throws EngineError for a name that no op has */
export function opOf(name: string): OpDef {
  const op = ops.get(name);
  if (!op) throw new EngineError(`graph: expected one of the ops ${[...ops.keys()].join(", ")}, got "${name}"`);
  return op;
}
