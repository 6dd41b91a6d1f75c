/** @file MNIST (LeCun et al. 1998) from its four IDX files, gzip'd or not. */

import { join } from "node:path";
import { DataError } from "../../errors.ts";
import type { Dataset, ImageSet } from "../dataset.ts";
import { makeDataset } from "../dataset.ts";
import { parseIdx } from "../formats/idx.ts";
import { findFolder, kindOf, readFolder, required } from "../formats/source.ts";
import type { Source } from "../formats/source.ts";

export const MNIST_FILES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;
const WANTED = MNIST_FILES.flatMap((name) => [name, `${name}.gz`]);

/**
 * Loads MNIST from a folder that holds the four files, directly or in its sub-folder `mnist`.
 *
 * @throws DataError if a file is missing or malformed, or images and labels differ in number
 */
export async function loadMnist(path: string): Promise<Dataset> {
  const folder = await findFolder([path, join(path, "mnist")], WANTED);
  if (folder === undefined) {
    const missing = (await kindOf(path)) === "folder" ? `no data in ${path}` : `no such folder: ${path}`;
    throw new DataError(
      `mnist: ${missing} (looked for ${join(path, MNIST_FILES[0])}[.gz], ${join(path, "mnist")}). ` +
        `Use --download to fetch it, or --data-dir to say where it is`,
    );
  }
  const source = await readFolder(folder, WANTED);
  return makeDataset({
    name: "mnist",
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    train: readPart(source, MNIST_FILES[0], MNIST_FILES[1]),
    test: readPart(source, MNIST_FILES[2], MNIST_FILES[3]),
    mean: [0.1307],
    std: [0.3081],
    augment: { pad: 2, flip: false, padding: "zero" },
  });
}

function readPart(source: Source, imageFile: string, labelFile: string): ImageSet {
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
