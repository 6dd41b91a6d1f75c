/**
 * @file CIFAR-10N and CIFAR-100N: human labels of the CIFAR training images (Wei et al., ICLR 2022).
 *
 * Known shares of wrong labels: aggre 9.01 %, random1 17.23 %, random2 18.12 %, random3 17.64 %, worse 40.21 %;
 * CIFAR-100 noisy 40.20 %.
 * @see http://www.noisylabels.com
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, DataError } from "../../errors.ts";
import type { CifarNSet } from "./noise-spec.ts";
import { parseNpy } from "../formats/npy.ts";
import { kindOf } from "../formats/source.ts";

const SETS10: Partial<Record<CifarNSet, string>> = {
  aggre: "aggre_label",
  random1: "random_label1",
  random2: "random_label2",
  random3: "random_label3",
  worse: "worse_label",
};
const SETS100: Partial<Record<CifarNSet, string>> = { noisy: "noisy_label" };

/** Part of a data set that its human labels are checked against. */
export interface LabelledSet {
  readonly name: string;
  /** number of classes */
  readonly classes: number;
  /** `[N]` clean labels of the training set */
  readonly labels: Uint8Array;
}

/**
 * Reads human labels from files like `cifar10n.worse_label.u8` (one byte for each training index) or `.npy`. If
 * `cifar10n.clean_label` is in the folder, it must equal the data set's labels, which proves the order of the images. A
 * data set with fewer images (the first ones of the official order) uses the first labels.
 *
 * @param folder folder of the label files
 * @returns `[N]` given labels by original training index
 * @throws ConfigError if the data set has no such labels, DataError if files are missing, too short or out of order
 */
export async function loadHumanLabels(folder: string, set: CifarNSet, dataset: LabelledSet): Promise<Uint8Array> {
  const files = dataset.name === "cifar10" ? SETS10 : dataset.name === "cifar100" ? SETS100 : {};
  const prefix = `${dataset.name}n`;
  const file = files[set];
  if (file === undefined) {
    const known = Object.keys(files).map((name) => `cifarn:${name}`);
    throw new ConfigError(
      `noise: there is no cifarn:${set} for ${dataset.name}. ` +
        (known.length > 0 ? `Use ${known.join(", ")}` : "CIFAR-N labels exist for cifar10 and cifar100 only"),
    );
  }
  const labels = await readLabels(folder, `${prefix}.${file}`, dataset);
  if (labels === undefined) {
    throw new DataError(
      `${prefix}: ${prefix}.${file}.u8 (or .npy) is not in ${folder}. Say with --cifarn-dir where it is, ` +
        `or make it from the official release: ${converter(dataset.name === "cifar10" ? 10 : 100)}`,
    );
  }
  const clean = await readLabels(folder, `${prefix}.clean_label`, dataset);
  const differs = clean === undefined ? -1 : clean.findIndex((label, i) => label !== dataset.labels[i]);
  if (differs >= 0) {
    throw new DataError(
      `${prefix}: clean label ${clean![differs]} of image ${differs} in ${folder} is not the data set's ${dataset.labels[differs]}: ` +
        `the images are in another order than the labels`,
    );
  }
  return labels;
}

/**
 * Command that converts the official release to `.u8` files. It must not use the release's `*_human_ordered.npy` files,
 * since these follow the image order of TensorFlow Datasets instead of that of the binary files.
 */
function converter(classes: 10 | 100): string {
  return (
    `python3 -c "import torch, numpy as np; d = torch.load('CIFAR-${classes}_human.pt', weights_only=False); ` +
    `[np.asarray(v).astype(np.uint8).tofile(f'cifar${classes}n.{k}.u8') for k, v in d.items()]"`
  );
}

/** Labels `[N]` of one file, or `undefined` if there is neither `.u8` nor `.npy`. */
async function readLabels(folder: string, stem: string, dataset: LabelledSet): Promise<Uint8Array | undefined> {
  const raw = join(folder, `${stem}.u8`);
  const npy = join(folder, `${stem}.npy`);
  const file = (await kindOf(raw)) === "file" ? raw : (await kindOf(npy)) === "file" ? npy : undefined;
  if (file === undefined) return undefined;
  const bytes = await readFile(file);
  const values: ArrayLike<number> = file === npy ? parseNpy(bytes, npy) : bytes;
  const { labels, classes } = dataset;
  if (values.length < labels.length) {
    throw new DataError(`${file}: expected ${labels.length} labels, one for each training image, got ${values.length}`);
  }
  const result = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const label = values[i]!;
    if (!(label >= 0 && label < classes)) {
      throw new DataError(`${file}: label ${label} of image ${i} is out of range 0…${classes - 1}`);
    }
    result[i] = label;
  }
  return result;
}
