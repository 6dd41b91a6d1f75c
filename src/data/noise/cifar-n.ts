/**
 * @file CIFAR-10N and CIFAR-100N: human labels of the CIFAR training images (Wei et al., ICLR 2022).
 * @see http://www.noisylabels.com
 */

import { join } from "node:path";
import { ConfigError, DataError } from "../../errors.ts";
import { parseNpy } from "../formats/npy.ts";
import { kindOf, readDataFile } from "../formats/read-file.ts";
import type { Labels } from "../labels.ts";
import { pickLabels } from "../labels.ts";
import type { LabelledSet, NoiseModel } from "./noise.ts";
import { noisyLabels } from "./noise.ts";

interface Release {
  /** Name in the release's files. */
  readonly file: string;
  /** Share of wrong labels, as published. */
  readonly rate: number;
}

/** Label sets of each data set. */
const RELEASES: Readonly<Record<string, Readonly<Record<string, Release>>>> = {
  cifar10: {
    aggre: { file: "aggre_label", rate: 0.0901 },
    random1: { file: "random_label1", rate: 0.1723 },
    random2: { file: "random_label2", rate: 0.1812 },
    random3: { file: "random_label3", rate: 0.1764 },
    worse: { file: "worse_label", rate: 0.4021 },
  },
  cifar100: { noisy: { file: "noisy_label", rate: 0.402 } },
};

/** Bytes of the largest label file: eight for each image, and a header. */
const MOST = 2 ** 20;

/** Images that the labels were given for: the whole training part of either set. */
const OFFICIAL = 50_000;

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
 * @throws ConfigError if the data set has no such labels, DataError if files are missing, of another length or out of
 * order
 */
export async function loadHumanLabels(folder: string, set: string, data: LabelledSet): Promise<Uint8Array> {
  const files = RELEASES[data.name] ?? {};
  const prefix = `${data.name}n`;
  const release = files[set];
  if (release === undefined) {
    const known = Object.keys(files).map((name) => `cifarn:${name}`);
    throw new ConfigError(
      `noise: there is no cifarn:${set} for ${data.name}. ` +
        (known.length > 0
          ? `Use ${known.join(", ")}`
          : `CIFAR-N labels exist for ${Object.keys(RELEASES).join(" and ")} only`),
    );
  }
  const labels = await readLabels(folder, `${prefix}.${release.file}`, data);
  if (labels === undefined) {
    throw new DataError(
      `${prefix}: ${prefix}.${release.file}.u8 (or .npy) is not in ${folder}. Say with --cifarn-dir where it is, ` +
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
  checkRate(labels, data, release, join(folder, `${prefix}.${release.file}`));
  return labels;
}

/**
 * Refuses labels that agree with the images less, or more, than the published ones do. Labels in another order agree
 * with one image in ten, or in a hundred.
 */
function checkRate(labels: Labels, { train }: LabelledSet, { rate }: Release, path: string): void {
  let wrong = 0;
  for (const [i, label] of labels.entries()) if (label !== train.labels[i]) wrong += 1 / labels.length;
  // Of few images the share varies by chance: six standard deviations.
  const slack = Math.max(0.01, 6 * Math.sqrt((rate * (1 - rate)) / labels.length));
  if (Math.abs(wrong - rate) <= slack) return;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  throw new DataError(
    `${path}: ${percent(wrong)} of the labels differ from the true ones; in the release it is ${percent(rate)}. ` +
      "The images are in another order than the labels, or these are other labels",
  );
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
  const bytes = await readDataFile(file, MOST);
  const values: ArrayLike<number> = file === npy ? parseNpy(bytes, npy) : bytes;
  const count = data.train.labels.length;
  const classes = data.classes.length;
  if (values.length !== count && (values.length !== OFFICIAL || count > OFFICIAL)) {
    const wide = values.length % count === 0 ? ". More bytes for each label? Write them as uint8: x.astype('u1')" : "";
    throw new DataError(`${file}: expected ${count} labels, one for each training image, got ${values.length}${wide}`);
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
