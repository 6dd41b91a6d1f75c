/** @file Clean batches as a method sees them. */

import type { Value } from "../../graph/value.ts";
import type { View } from "../../objectives/view.ts";
import type { Spec } from "../../tensor.ts";
import type { Arrays } from "../../tree.ts";

export interface CleanLook {
  /** Parameters of the student. */
  readonly theta: readonly Spec[];
  /** The view of a clean batch, which belongs to no moment of the run. Its labels are the true ones. */
  look(theta: readonly Value[], batch: Arrays<Value>): View;
}
