/**
 * @file The registry of ops by name. A new op is listed here, or registered by a program that brings its own;
 * transforms and engines find its rules through it.
 */

import { ConfigError, EngineError } from "../errors.ts";
import { broadcastOps } from "./broadcast.ts";
import { convolutionOps } from "./convolution.ts";
import type { Attrs, Value } from "../graph/value.ts";
import type { OpDef } from "./define.ts";
import { apply } from "./define.ts";
import { elementwiseOps } from "./elementwise.ts";
import { gatherOps } from "./gather.ts";
import { headOps } from "./heads.ts";
import { keepMaskOps } from "./keep-mask.ts";
import { matmulOps } from "./matmul.ts";
import { movementOps } from "./movement.ts";
import { placeOps } from "./place-vectors.ts";
import { reduceOps } from "./reduce.ts";
import { takeOps } from "./take.ts";

const all: readonly OpDef[] = [
  ...elementwiseOps,
  ...broadcastOps,
  ...movementOps,
  ...reduceOps,
  ...matmulOps,
  ...convolutionOps,
  ...gatherOps,
  ...takeOps,
  ...headOps,
  ...keepMaskOps,
  ...placeOps,
];

const registry = new Map(all.map((op) => [op.name, op]));

/** Every op by name. */
export const ops: ReadonlyMap<string, OpDef> = registry;

/**
 * Adds an op from outside, once per process and thread, before the first graph with it runs. The engines
 * reference and onnx compute it by its own rules; torch computes only the ops of `native/`.
 * @returns a function of operands and attributes, which adds one equation to a graph
 * @throws ConfigError when the name is taken
 */
export function registerOp<A extends Attrs>(op: OpDef<A>): (inputs: readonly Value[], attrs: A) => Value {
  if (registry.has(op.name)) throw new ConfigError(`op: expected a name that no op has, got "${op.name}"`);
  // The graph keeps attributes with the name of their op, so an op meets no attributes but those it was applied to.
  registry.set(op.name, op);
  return (inputs, attrs) => apply(op, inputs, attrs);
}

/** The definition behind an equation. @throws EngineError for a name that no op has */
export function opOf(name: string): OpDef {
  const op = ops.get(name);
  if (!op) throw new EngineError(`graph: expected one of the ops ${[...ops.keys()].join(", ")}, got "${name}"`);
  return op;
}
