/** @file One equation of a graph: the op's name, its operands and static attributes, and the spec of its result. */

import type { Spec } from "../tensor.ts";

/** A static attribute of an equation, such as a stride or a list of axes. */
export type Attribute = number | string | readonly number[];
export type Attrs = Readonly<Record<string, Attribute>>;

/**
 * A node of the graph. Values are immutable and hold no data. The graph of a computation consists of the values that
 * its outputs reach. `op` is `"input"` for leaves, whose arrays the caller gives.
 */
export interface Value extends Spec {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attrs: Attrs;
}

/** Makes a node. Only `ops/` and `input` below call it, after checking shapes. */
export function node(op: string, inputs: readonly Value[], attrs: Attrs, spec: Spec): Value {
  return { op, inputs, attrs, shape: spec.shape, dtype: spec.dtype };
}

/** A fresh leaf: an array that the caller gives when the graph runs. */
export function input(spec: Spec): Value {
  return node("input", [], {}, spec);
}
