/** @file MNIST (LeCun et al. 1998) from its four IDX files, gzip'd or not. */

import { basename, join } from "node:path";
import { DataError } from "../../errors.ts";
import type { ImageSet } from "../dataset.ts";
import { makeDataset } from "../dataset.ts";
import type { IdxArray } from "../formats/idx.ts";
import { parseIdx } from "../formats/idx.ts";
import { kindOf, readDataFile } from "../formats/read-file.ts";
import { fetchAdvice } from "../formats/source.ts";
import type { BuiltInSet } from "./built-in-set.ts";

const TRAIN = { images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte" };
const TEST = { images: "t10k-images-idx3-ubyte", labels: "t10k-labels-idx1-ubyte" };
const FILES = [TRAIN.images, TRAIN.labels, TEST.images, TEST.labels];

/** Files as published. They may be present without compression. */
const MD5 = {
  [`${TRAIN.images}.gz`]: "f68b3c2dcbeaaa9fbdd348bbdeb94873",
  [`${TRAIN.labels}.gz`]: "d53e105ee54ea40749a09fcbcd1e9432",
  [`${TEST.images}.gz`]: "9fb629c4189551a2d022fa330f9573f3",
  [`${TEST.labels}.gz`]: "ec29112dd5afa0611ce80d1b7f02629c",
};

/** Sub-folders where the files may lie; torchvision has `MNIST/raw`. */
const FOLDERS = ["", "mnist", "raw", join("MNIST", "raw"), join("mnist", "raw"), "MNIST"];

/**
 * Names under which a file may lie: with a dot, as some mirrors have it, and in a folder of its own, as Kaggle's archive
 * unpacks.
 */
function namesOf(file: string): string[] {
  const dotted = file.replace("-idx", ".idx");
  return [file, `${file}.gz`, dotted, `${dotted}.gz`, join(file, file), join(dotted, dotted)];
}

/** Path of a file of the set; undefined if it is nowhere. */
async function locate(dir: string, file: string): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    for (const name of namesOf(file)) {
      const path = join(dir, folder, name);
      if ((await kindOf(path)) === "file") return path;
    }
  }
  return undefined;
}

/** MNIST in a folder that holds the four files, directly or in a usual sub-folder. */
export const mnist: BuiltInSet<"mnist"> = {
  name: "mnist",
  summary: "70,000 handwritten digits",
  files: {
    base: "https://ossci-datasets.s3.amazonaws.com/mnist/",
    md5: MD5,
    async missing(dir) {
      const found = await Promise.all(FILES.map((file) => locate(dir, file)));
      const names = FILES.filter((_, i) => found[i] === undefined).map((file) => `${file}.gz`);
      return { folder: join(dir, "mnist"), names };
    },
  },
  /** @throws DataError if a file is missing or malformed, or images and labels differ in number */
  async load({ dir, download }) {
    const found = await Promise.all(FILES.map((file) => locate(dir, file)));
    if (found.every((path) => path === undefined)) {
      const missing = (await kindOf(dir)) === "folder" ? `no data in ${dir}` : `no such folder: ${dir}`;
      throw new DataError(
        `mnist: ${missing} (looked for ${join(dir, TRAIN.images)}[.gz], ${join(dir, "mnist")}, ${join(dir, "MNIST", "raw")}). ${fetchAdvice(download)}`,
      );
    }
    const lacking = FILES.find((_, i) => found[i] === undefined);
    if (lacking !== undefined) {
      throw new DataError(`mnist: ${lacking} is missing from ${dir}. ${fetchAdvice(download)}`);
    }
    const [trainImages, trainLabels, testImages, testLabels] = found as [string, string, string, string];
    return makeDataset({
      name: "mnist",
      classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
      train: await readPart(trainImages, trainLabels),
      test: await readPart(testImages, testLabels),
      mean: [0.1307],
      std: [0.3081],
      augment: { pad: 2, flip: false, padding: "zero" },
    });
  },
};

async function readPart(imagePath: string, labelPath: string): Promise<ImageSet> {
  const images = await readIdx(imagePath, 3);
  const labels = await readIdx(labelPath, 1);
  const [count = 0, height = 0, width = 0] = images.dims;
  if (labels.dims[0] !== count) {
    throw new DataError(
      `mnist: ${imagePath} has ${count} images, ${basename(labelPath)} beside it ${labels.dims[0]} labels`,
    );
  }
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong >= 0) {
    throw new DataError(`mnist: label ${labels.data[wrong]} of image ${wrong} in ${labelPath} is out of range 0…9`);
  }
  return { pixels: images.data, labels: labels.data, shape: [1, height, width], count };
}

const readIdx = async (path: string, rank: number): Promise<IdxArray> => parseIdx(await readDataFile(path), path, rank);
