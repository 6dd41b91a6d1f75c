/** @file Clean batches as a method sees them. */

import type { Value } from "../../graph/value.ts";
import type { View } from "../../objectives/view.ts";
import type { Spec } from "../../tensor.ts";
import type { Arrays } from "../../tree.ts";

export interface CleanLook {
  /** Specs of the student's parameters. */
  readonly theta: readonly Spec[];
  /** View of a clean batch, with true labels and without a moment of the run. */
  look(theta: readonly Value[], batch: Arrays<Value>): View;
}
