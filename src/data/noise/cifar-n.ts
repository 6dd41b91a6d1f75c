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
import { parseNpy } from "../formats/npy.ts";
import { kindOf } from "../formats/source.ts";
import { pickLabels } from "../labels.ts";
import type { LabelledSet, NoiseModel } from "./noise.ts";
import { noisyLabels } from "./noise.ts";

/** Label sets of each data set → their names in the release's files. */
const RELEASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cifar10: {
    aggre: "aggre_label",
    random1: "random_label1",
    random2: "random_label2",
    random3: "random_label3",
    worse: "worse_label",
  },
  cifar100: { noisy: "noisy_label" },
};

const SETS = Object.values(RELEASES).flatMap((files) => Object.keys(files));

/** Human labels. They are not drawn, so they depend on neither the seed nor the stream. */
export const cifarN: NoiseModel = {
  name: "cifarn",
  form: `cifarn:${SETS.join("|")}`,
  parse(set) {
    if (set === undefined || !SETS.includes(set)) {
      const got = set === undefined ? "cifarn" : `cifarn:${set}`;
      throw new ConfigError(`noise: cifarn needs one of ${SETS.join(", ")}, got "${got}"`);
    }
    return {
      text: `cifarn:${set}`,
      readsFiles: true,
      async fit(data, { folder }) {
        const human = await loadHumanLabels(folder, set, data);
        return {
          corrupt: (indices) =>
            noisyLabels(pickLabels(data.train.labels, indices), indices, pickLabels(human, indices)),
        };
      },
    };
  },
};

/**
 * Reads human labels from files like `cifar10n.worse_label.u8` (one byte for each training index) or `.npy`. If
 * `cifar10n.clean_label` is in the folder, it must equal the data set's labels, which proves the order of the images. A
 * data set with fewer images (the first ones of the official order) uses the first labels.
 *
 * @param folder folder of the label files
 * @returns `[N]` given labels by original training index
 * @throws ConfigError if the data set has no such labels, DataError if files are missing, too short or out of order
 */
export async function loadHumanLabels(folder: string, set: string, data: LabelledSet): Promise<Uint8Array> {
  const files = RELEASES[data.name] ?? {};
  const prefix = `${data.name}n`;
  const file = files[set];
  if (file === undefined) {
    const known = Object.keys(files).map((name) => `cifarn:${name}`);
    throw new ConfigError(
      `noise: there is no cifarn:${set} for ${data.name}. ` +
        (known.length > 0
          ? `Use ${known.join(", ")}`
          : `CIFAR-N labels exist for ${Object.keys(RELEASES).join(" and ")} only`),
    );
  }
  const labels = await readLabels(folder, `${prefix}.${file}`, data);
  if (labels === undefined) {
    throw new DataError(
      `${prefix}: ${prefix}.${file}.u8 (or .npy) is not in ${folder}. Say with --cifarn-dir where it is, ` +
        `or make it from the official release: ${converter(data.name)}`,
    );
  }
  const clean = await readLabels(folder, `${prefix}.clean_label`, data);
  const differs = clean === undefined ? -1 : clean.findIndex((label, i) => label !== data.train.labels[i]);
  if (differs >= 0) {
    throw new DataError(
      `${prefix}: clean label ${clean![differs]} of image ${differs} in ${folder} is not the data set's ${data.train.labels[differs]}: ` +
        `the images are in another order than the labels`,
    );
  }
  return labels;
}

/**
 * Command that converts the official release to `.u8` files. It must not use the release's `*_human_ordered.npy` files,
 * since these follow the image order of TensorFlow Datasets instead of that of the binary files.
 */
function converter(dataset: string): string {
  const release = `${dataset.replace("cifar", "CIFAR-")}_human.pt`;
  return (
    `python3 -c "import torch, numpy as np; d = torch.load('${release}', weights_only=False); ` +
    `[np.asarray(v).astype(np.uint8).tofile(f'${dataset}n.{k}.u8') for k, v in d.items()]"`
  );
}

/** Labels `[N]` of one file, or `undefined` if there is neither `.u8` nor `.npy`. */
async function readLabels(folder: string, stem: string, data: LabelledSet): Promise<Uint8Array | undefined> {
  const raw = join(folder, `${stem}.u8`);
  const npy = join(folder, `${stem}.npy`);
  const file = (await kindOf(raw)) === "file" ? raw : (await kindOf(npy)) === "file" ? npy : undefined;
  if (file === undefined) return undefined;
  const bytes = await readFile(file);
  const values: ArrayLike<number> = file === npy ? parseNpy(bytes, npy) : bytes;
  const count = data.train.labels.length;
  const classes = data.classes.length;
  if (values.length < count) {
    throw new DataError(`${file}: expected ${count} labels, one for each training image, got ${values.length}`);
  }
  const result = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const label = values[i]!;
    if (!(label >= 0 && label < classes)) {
      throw new DataError(`${file}: label ${label} of image ${i} is out of range 0…${classes - 1}`);
    }
    result[i] = label;
  }
  return result;
}
