/** @file Image classification data, split and with label noise. */

import { ConfigError } from "../errors.ts";
import type { Augmentation, Dataset, ImageShape } from "../data/dataset.ts";
import type * as labelled from "./labelled.ts";
import { divide } from "./labelled.ts";

export { annotated } from "./labelled.ts";

/** Examples of an image set: position n in 0 … count − 1 is original image `indices[n]`. */
export interface Examples extends labelled.Examples {
  /** `[N, C, H, W]` of the *whole* source set, shared and not to be written to */
  readonly pixels: Uint8Array;
}

export interface TrainExamples extends Examples, labelled.TrainExamples {}

export interface ValidExamples extends Examples, labelled.ValidExamples {}

/** Parts of a classification task, with their noise and hashes. */
export interface Classification extends labelled.LabelledWithTruth {
  readonly shape: ImageShape;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly augment: Augmentation;
  readonly train: TrainExamples;
  readonly valid: ValidExamples;
  readonly trusted: Examples;
  readonly test: Examples;
}

export interface ClassificationOptions extends labelled.DivisionOptions {
  readonly dataset: Dataset;
  /** changes to the data set's own augmentation */
  readonly augment?: Partial<Augmentation>;
}

/**
 * Assembles a task. The validation set comes from the whole training set, so it does not depend on `trainLimit`. The
 * noise is drawn for each original index, so it does not depend on the split.
 *
 * @throws ConfigError if settings do not fit the data, DataError if label files are missing or wrong
 */
export async function prepareClassification(options: ClassificationOptions): Promise<Classification> {
  const { dataset } = options;
  const { shape, pixels } = dataset.train;
  const augment = checkAugment({ ...dataset.augment, ...options.augment }, shape);
  const parts = await divide(dataset, options);
  return {
    ...parts,
    shape,
    mean: dataset.mean,
    std: dataset.std,
    augment,
    train: { ...parts.train, pixels },
    valid: { ...parts.valid, pixels },
    trusted: { ...parts.trusted, pixels },
    test: { ...parts.test, pixels: dataset.test.pixels },
  };
}

const PADDINGS: readonly Augmentation["padding"][] = ["zero", "reflect"];

function checkAugment(augment: Augmentation, [, height, width]: ImageShape): Augmentation {
  const { pad, flip, padding } = augment;
  if (!Number.isInteger(pad) || pad < 0 || pad >= Math.min(height, width)) {
    throw new ConfigError(
      `augment: expected pad to be an integer from 0 to ${Math.min(height, width) - 1}, got ${pad}`,
    );
  }
  // Types keep these apart; a caller in plain JavaScript has none.
  if (typeof flip !== "boolean")
    throw new ConfigError(`augment: expected flip to be true or false, got ${String(flip)}`);
  if (!PADDINGS.includes(padding))
    throw new ConfigError(`augment: expected padding to be one of ${PADDINGS.join(", ")}, got ${String(padding)}`);
  return augment;
}
