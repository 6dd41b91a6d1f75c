/** @file The training images of a run whose labels look wrong by their weights, with what they look like. */

import { imageSize } from "../../data/dataset.ts";
import type { ImageShape } from "../../data/dataset.ts";
import { loadCheckpoint } from "../checkpoint/checkpoint.ts";
import { identitiesOf } from "../checkpoint/identity.ts";
import { readRecord } from "../record/run-record.ts";
import { ranked } from "../record/suspects.ts";
import { WeightHistory } from "../record/weight-history.ts";
import { prepareExamples } from "../setup.ts";

/** A training image whose label looks wrong. Labels are names of classes. */
export interface Suspect {
  /** Index in the data set. */
  readonly index: number;
  readonly given: string;
  readonly right: string;
  /** Mean weight N · w over the run. */
  readonly weight: number;
  /** `[C, H, W]`, 0…255 */
  readonly pixels: Uint8Array;
}

/**
 * The training images that are most likely mislabelled, the likeliest first, as weights.csv lists them.
 * @param count the most that are wanted
 * @throws DataError, CheckpointError if the folder holds no usable run
 */
export async function suspectsOf(
  folder: string,
  count: number,
): Promise<{ readonly shape: ImageShape; readonly images: readonly Suspect[] }> {
  const record = readRecord(folder);
  const { config } = record;
  const data = await prepareExamples(config);
  const { tensors } = loadCheckpoint(folder, "last", identitiesOf(config, data, record));
  const { train, classes, shape } = data;
  const history = new WeightHistory(train.count, tensors);
  const mean = history.mean();
  const size = imageSize(shape);
  const images = ranked({ weights: history })
    .filter((position) => history.count[position]! > 0)
    .slice(0, count)
    .map((position): Suspect => {
      const index = train.indices[position]!;
      return {
        index,
        given: classes[train.labels[position]!]!,
        right: classes[train.clean[position]!]!,
        weight: mean[position]!,
        pixels: train.pixels.subarray(index * size, (index + 1) * size),
      };
    });
  return { shape, images };
}
