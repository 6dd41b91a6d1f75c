/**
 * @file The interface of optimisers: pure functions over graph values, for the student and for the teacher
 * alike. All of them descend.
 */

import type { Value } from "../graph/value.ts";
import type { Operand } from "../ops/elementwise.ts";
import type { Spec, Tensor } from "../tensor.ts";
import type { Arrays } from "../tree.ts";

/** What an optimiser keeps between steps: groups of arrays by name, such as `velocity`. */
export type OptimizerState<Leaf> = Arrays<readonly Leaf[]>;

export interface OptimizerStep {
  readonly params: readonly Value[];
  readonly state: OptimizerState<Value>;
  /** Of the objective to be minimised, one array per parameter; weight decay included. */
  readonly gradient: readonly Value[];
  /** Learning rate. */
  readonly rate: Operand;
}

export interface Optimizer {
  readonly name: string;
  /** Groups that no gradient enters, such as a count of steps. */
  readonly clocks?: readonly string[];
  /** The groups before the first step. Their names are those of arrays in checkpoints. */
  init(params: readonly Pick<Spec, "shape">[]): OptimizerState<Tensor>;
  step(step: OptimizerStep): Pick<OptimizerStep, "params" | "state">;
}

/** The arrays of all groups in one list. */
export const flatState = <Leaf>(state: OptimizerState<Leaf>): Leaf[] => Object.values(state).flat();

/** The groups again from such a list. @param like groups of the same names and lengths */
export function groupedState<Leaf>(like: OptimizerState<unknown>, flat: readonly Leaf[]): OptimizerState<Leaf> {
  let at = 0;
  return Object.fromEntries(Object.entries(like).map(([name, group]) => [name, flat.slice(at, (at += group.length))]));
}
