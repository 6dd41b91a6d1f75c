/** @file Check of numbers before they are saved: a checkpoint with one that is not finite would replace a good one. */

import { DivergedError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { notFinite } from "../step/finite.ts";

/**
 * @param tensors arrays of a run by their names in a checkpoint
 * @param step of the run, for the message
 * @throws DivergedError that names the first array with a number that is not finite
 */
export function refuseNotFinite(tensors: ReadonlyMap<string, Tensor>, step: number): void {
  for (const [name, tensor] of tensors) {
    const found = notFinite(tensor.data);
    if (found === undefined) continue;
    const whose = /^(omega|memory)\./.test(name) ? "Lower --teacher-lr" : "Lower --lr";
    throw new DivergedError(
      `training: expected finite numbers after step ${step}, got ${found} in ${name}. The last checkpoint is kept as it is. ${whose}`,
    );
  }
}
