/** @file The training examples of a run whose labels look wrong by their weights, with what they look like. */

import type { ImageShape } from "../../data/dataset.ts";
import { DataError } from "../../errors.ts";
import { loadCheckpoint } from "../checkpoint/checkpoint.ts";
import { identitiesOf } from "../checkpoint/identity.ts";
import { readRecord } from "../record/run-record.ts";
import { ranked } from "../record/suspects.ts";
import { WeightHistory } from "../record/weight-history.ts";
import { classIn } from "../../tasks/task.ts";
import { prepareData } from "../setup.ts";

/** A training image whose label looks wrong. Labels are names of classes. */
export interface Suspect {
  /** Index in the data set. */
  readonly index: number;
  readonly given: string;
  /** undefined where nobody knows */
  readonly right?: string;
  /** Mean weight N · w over the run. */
  readonly weight: number;
  /** `[C, H, W]`, 0…255 */
  readonly pixels: Uint8Array;
}

/**
 * The training images that are most likely mislabelled, the likeliest first, as weights.csv lists them.
 * @param count the most that are wanted
 * @throws DataError, CheckpointError if the folder holds no usable run, or one on other examples than images
 */
export async function suspectsOf(
  folder: string,
  count: number,
): Promise<{ readonly shape: ImageShape; readonly images: readonly Suspect[] }> {
  const record = readRecord(folder);
  const { config } = record;
  const task = await prepareData(config);
  const { pictures, objective } = task;
  const { classes } = objective;
  if (!pictures || !classes)
    throw new DataError(`${folder}: expected a run on images with classes, got one on ${config.data}. See weights.csv`);
  const { tensors } = loadCheckpoint(folder, "last", identitiesOf(config, task, record));
  const history = new WeightHistory(task.parts.train.count, tensors);
  const mean = history.mean();
  const images = ranked({ weights: history })
    .filter((position) => history.count[position]! > 0)
    .slice(0, count)
    .map((position): Suspect => {
      const { index, given_label: given, clean_label: right } = task.describe("train", position);
      const known = classIn(right);
      return {
        index: Number(index),
        given: classes[Number(given)]!,
        ...(known === null ? {} : { right: classes[known]! }),
        weight: mean[position]!,
        pixels: pictures.of(position),
      };
    });
  task.close?.();
  return { shape: pictures.shape, images };
}
