/** @file What a student is: a network that returns logits and its named internal states, which the teacher may read. */

import type { Value } from "../graph/value.ts";
import type { Mode, Variables } from "../nn/layer.ts";
import type { Tensor } from "../tensor.ts";
import { sizeOf } from "../tensor.ts";
import type { Tree } from "../tree.ts";
import { leaves } from "../tree.ts";

export interface Answer {
  /** `[N, classes]`, unnormalised. */
  readonly logits: Value;
  /**
   * Internal states by name. `I0` is the input of the linear classifier, `[N, d]`; a network with stages adds the output of its last
   * stage as `I1`, of the one before as `I2`, and so on, `[N, C, H, W]`.
   */
  readonly states: Readonly<Record<string, Value>> & { readonly I0: Value };
  /** Running statistics after this batch. */
  readonly state: Tree<Value>;
}

/** A pair of pure functions. Write one like it and every method works on it. */
export interface Student {
  readonly name: string;
  /** Initial parameters and running statistics; a pure function of the seed. */
  init(seed: number): Variables;
  /** Adds the network to a graph: x `[N, C, H, W]`. */
  apply(params: Tree<Value>, state: Tree<Value>, x: Value, mode: Mode): Answer;
}

/** What the data asks of a student. */
export interface StudentTask {
  /** Of one image: `[C, H, W]`. */
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly classes: number;
}

/** Number of trained parameters. */
export function parameterCount(params: Tree<Tensor>): number {
  return leaves(params).reduce((total, { shape }) => total + sizeOf(shape), 0);
}
