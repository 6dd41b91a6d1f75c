/** @file Classification of images as a kind of task. */

import { parseNoise } from "../../data/noise/parse.ts";
import { isPictures } from "../../data/pictures/listing.ts";
import { DATASETS, loadDataset } from "../../data/sets/load.ts";
import type { DatasetName } from "../../data/sets/load.ts";
import { ConfigError } from "../../errors.ts";
import { imageStudents } from "../../models/make.ts";
import type { Classification } from "../classification.ts";
import { prepareClassification } from "../classification.ts";
import type { DataOptions, DataSettings, TaskKind } from "../kind.ts";
import { describeTask } from "../record.ts";
import { randomImages } from "./random.ts";
import { checkOwn, refuseOwn } from "../own/check.ts";
import { prepareOwnImages } from "../own/images.ts";
import { imageAim, imageTask, ownImageTask } from "./task.ts";

/** CIFAR's. */
const SHAPE = [3, 32, 32] as const;
const CLASSES = Array.from({ length: 10 }, (_, i) => String(i));

/** Images as the settings say, split and with noise. */
export async function prepareImages(settings: DataSettings, options: DataOptions = {}): Promise<Classification> {
  const { augment, padMode, trainLimit, testLimit, noiseSeed, cifarnDir } = settings;
  const dataset = await loadDataset({
    name: settings.data as DatasetName, // or the message of loadDataset
    download: settings.download,
    ...(settings.dataDir === undefined ? {} : { dir: settings.dataDir }),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  return prepareClassification({
    dataset,
    seed: settings.seed,
    validSize: settings.valid,
    trainOnTrusted: settings.trainOnTrusted,
    noise: settings.noise,
    augment: augment ? { padding: padMode } : { pad: 0, flip: false },
    ...(trainLimit === undefined ? {} : { trainLimit }),
    ...(testLimit === undefined ? {} : { testLimit }),
    ...(noiseSeed === undefined ? {} : { noiseSeed }),
    ...(cifarnDir === undefined ? {} : { cifarnDir }),
  });
}

export const imageKind: TaskKind<DatasetName> = {
  name: "images",
  sets: DATASETS,
  students: imageStudents,
  madeUp: {
    aim: imageAim(SHAPE, CLASSES),
    batch: (size, seed) => randomImages(SHAPE, CLASSES.length, size, seed),
  },
  reads: isPictures,
  defaults: ({ data }) => ((DATASETS as readonly string[]).includes(data) ? {} : { student: "resnet20" }),
  check(settings) {
    const { inputs, noise, cifarnDir } = settings;
    (inputs === undefined ? refuseOwn : checkOwn)(settings);
    if (parseNoise(noise).readsFiles && cifarnDir === undefined)
      throw new ConfigError(`--noise ${noise}: expected --cifarn-dir with the label files, got none`);
  },
  prepare: async (settings, options) =>
    settings.inputs === undefined
      ? imageTask(await prepareImages(settings, options))
      : ownImageTask(await prepareOwnImages(settings)),
  record: async (settings, options) => describeTask(await prepareImages(settings, options)),
};
