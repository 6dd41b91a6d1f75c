/** @file MNIST (LeCun et al. 1998) from its four IDX files, gzip'd or not. */

import { join } from "node:path";
import { DataError } from "../../errors.ts";
import type { ImageSet } from "../dataset.ts";
import { makeDataset } from "../dataset.ts";
import { parseIdx } from "../formats/idx.ts";
import { findFolder, kindOf, readFolder, required } from "../formats/source.ts";
import type { Source } from "../formats/source.ts";
import type { BuiltInSet } from "./built-in-set.ts";

const TRAIN = { images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte" };
const TEST = { images: "t10k-images-idx3-ubyte", labels: "t10k-labels-idx1-ubyte" };

/** Files as published. They may be present without compression. */
const MD5 = {
  [`${TRAIN.images}.gz`]: "f68b3c2dcbeaaa9fbdd348bbdeb94873",
  [`${TRAIN.labels}.gz`]: "d53e105ee54ea40749a09fcbcd1e9432",
  [`${TEST.images}.gz`]: "9fb629c4189551a2d022fa330f9573f3",
  [`${TEST.labels}.gz`]: "ec29112dd5afa0611ce80d1b7f02629c",
};
const unpacked = (file: string): string => file.replace(/\.gz$/, "");
const WANTED = Object.keys(MD5).flatMap((file) => [unpacked(file), file]);

/** MNIST in a folder that holds the four files, directly or in its sub-folder `mnist`. */
export const mnist: BuiltInSet<"mnist"> = {
  name: "mnist",
  summary: "70,000 handwritten digits",
  files: {
    base: "https://ossci-datasets.s3.amazonaws.com/mnist/",
    md5: MD5,
    async missing(dir) {
      const folder = (await findMnist(dir)) ?? join(dir, "mnist");
      const names: string[] = [];
      for (const file of Object.keys(MD5))
        if ((await findFolder([folder], [file, unpacked(file)])) === undefined) names.push(file);
      return { folder, names };
    },
  },
  /** @throws DataError if a file is missing or malformed, or images and labels differ in number */
  async load({ dir }) {
    const folder = await findMnist(dir);
    if (folder === undefined) {
      const missing = (await kindOf(dir)) === "folder" ? `no data in ${dir}` : `no such folder: ${dir}`;
      throw new DataError(
        `mnist: ${missing} (looked for ${join(dir, TRAIN.images)}[.gz], ${join(dir, "mnist")}). ` +
          `Use --download to fetch it, or --data-dir to say where it is`,
      );
    }
    const source = await readFolder(folder, WANTED);
    return makeDataset({
      name: "mnist",
      classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
      train: readPart(source, TRAIN),
      test: readPart(source, TEST),
      mean: [0.1307],
      std: [0.3081],
      augment: { pad: 2, flip: false, padding: "zero" },
    });
  },
};

/** Folder that already holds some of the files. */
const findMnist = (dir: string): Promise<string | undefined> => findFolder([dir, join(dir, "mnist")], WANTED);

function readPart(source: Source, { images: imageFile, labels: labelFile }: typeof TRAIN): ImageSet {
  const images = readIdx(source, imageFile, 3);
  const labels = readIdx(source, labelFile, 1);
  const [count = 0, height = 0, width = 0] = images.dims;
  if (labels.dims[0] !== count) {
    throw new DataError(
      `mnist: ${imageFile} has ${count} images, ${labelFile} ${labels.dims[0]} labels, in ${source.where}`,
    );
  }
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong >= 0) {
    throw new DataError(
      `mnist: label ${labels.data[wrong]} of image ${wrong} in ${labelFile} in ${source.where} is out of range 0…9`,
    );
  }
  return { pixels: images.data, labels: labels.data, shape: [1, height, width], count };
}

function readIdx(source: Source, name: string, rank: number): ReturnType<typeof parseIdx> {
  const bytes = source.files.get(name) ?? source.files.get(`${name}.gz`) ?? required(source, `${name}.gz`, "mnist");
  return parseIdx(bytes, join(source.where, name), rank);
}
