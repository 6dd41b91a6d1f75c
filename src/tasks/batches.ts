/**
 * @file The interface of batches: which examples a training step sees, and as which arrays. All of it depends
 * on counters alone.
 */

import type { Tensor } from "../tensor.ts";
import type { Arrays } from "../tree.ts";
import type { Diet } from "./diet.ts";

/** Name of the array `[N]` that marks trusted rows of a training batch with 1; absent where none are trained on. */
export const TRUSTED = "trusted";

export interface Batch {
  /** Inputs and targets by name, such as `images` `[N, C, H, W]` and `labels` `[N]`, and `TRUSTED`. */
  readonly arrays: Arrays<Tensor>;
  /** `[size]` position in the part of each example; trusted rows of a training batch follow after the training part. */
  readonly positions: Uint32Array;
  /** Examples. Further rows of the arrays are padding. */
  readonly size: number;
  /** `[size]` parts of each example, such as target tokens; absent where each is one part. */
  readonly parts?: Uint32Array;
}

/** An example on its way into a batch. The pass over the data decides how it is augmented. */
export interface Row {
  /** In the training part; trusted examples that are trained on follow after it. */
  readonly position: number;
  readonly pass: number;
}

/** `trusted`: the trusted examples that are trained on. */
export type PartName = "train" | "valid" | "trusted" | "test";

export interface Batches {
  /** Training batches in one pass over the data. */
  readonly stepsPerPass: number;
  /** The rows of training batch `draw`, counted from 0 over all passes. */
  rows(draw: number): readonly Row[];
  /** How many of the waiting rows make up one full batch, from the first on; 0 while they do not. */
  full(waiting: readonly Row[]): number;
  /** Training examples as one batch. */
  collate(rows: readonly Row[]): Batch;
  /**
   * A random clean batch, of trusted examples that are not trained on while there are any.
   * @param update which teacher update, 0, 1, 2, …
   * @param augment whether to vary examples as in training
   */
  clean(update: number, augment: boolean): Batch;
  /** Examples of a part, never augmented. */
  plain(part: PartName, positions: Uint32Array): Batch;
  /** A whole part in order, never augmented. */
  of(part: PartName): Iterable<Batch>;
}

export interface BatchOptions {
  /** Examples in a training batch. */
  readonly size: number;
  /** Examples in a clean batch. Default `size`. */
  readonly cleanSize?: number;
  /** Leave out the last, smaller batch of a pass. Default false. */
  readonly dropLast?: boolean;
  /** Trusted rows of training batches, which are then all full. By default none. */
  readonly diet?: Diet;
}

/** The training batch `draw`. */
export const batchAt = (batches: Batches, draw: number): Batch => batches.collate(batches.rows(draw));
