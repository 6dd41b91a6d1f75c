/**
 * @file Checks of numbers: before they are saved, since a checkpoint with one that is not finite would replace a good
 * one, and when a file of another run is read.
 */

import { CheckpointError, DivergedError } from "../../errors.ts";
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

/**
 * Engines compute in 32 bits, where a larger number becomes infinite.
 * @throws CheckpointError for a number outside of float32
 */
export function refuseOutside(whose: "student" | "teacher", path: string, name: string, { data }: Tensor): void {
  const odd = data.find((x) => !Number.isFinite(Math.fround(x)));
  if (odd === undefined) return;
  throw new CheckpointError(
    `--${whose}-from: expected numbers that float32 can hold in ${name} of ${path}, got ${odd}. Name another ${whose}`,
  );
}
