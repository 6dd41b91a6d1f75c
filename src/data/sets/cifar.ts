/**
 * @file CIFAR-10 and CIFAR-100 (Krizhevsky 2009) in the official binary layout.
 *
 * A record is one label byte (CIFAR-100: coarse, then fine; the fine one is used) and 3,072 pixel bytes: the R, G and B
 * planes of 32×32.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html
 */

import { DataError } from "../../errors.ts";
import { CIFAR100_CLASSES, CIFAR10_CLASSES } from "./cifar-classes.ts";
import type { Dataset, ImageSet } from "../dataset.ts";
import { makeDataset } from "../dataset.ts";
import type { Layout, Source } from "../formats/source.ts";
import { findSource, required } from "../formats/source.ts";

export type CifarName = "cifar10" | "cifar100";

const PIXELS = 3 * 32 * 32;

export interface CifarLayout extends Layout {
  readonly train: readonly string[];
  readonly test: readonly string[];
  readonly names: string;
  /** label bytes before the pixels; the last of them is the class */
  readonly labelBytes: number;
  readonly classes: readonly string[];
}

const TRAIN10 = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);

export const CIFAR_LAYOUTS: Record<CifarName, CifarLayout> = {
  cifar10: {
    name: "cifar10",
    folder: "cifar-10-batches-bin",
    archive: "cifar-10-binary.tar.gz",
    wanted: [...TRAIN10, "test_batch.bin", "batches.meta.txt"],
    train: TRAIN10,
    test: ["test_batch.bin"],
    names: "batches.meta.txt",
    labelBytes: 1,
    classes: CIFAR10_CLASSES,
  },
  cifar100: {
    name: "cifar100",
    folder: "cifar-100-binary",
    archive: "cifar-100-binary.tar.gz",
    wanted: ["train.bin", "test.bin", "fine_label_names.txt"],
    train: ["train.bin"],
    test: ["test.bin"],
    names: "fine_label_names.txt",
    labelBytes: 2,
    classes: CIFAR100_CLASSES,
  },
};

/**
 * Loads CIFAR from a folder or a `.tar.gz` (see `findSource` for the search). Files may hold fewer records than the
 * official set.
 *
 * @throws DataError if a file is missing, empty, not a whole number of records, or holds a label outside the classes
 */
export async function loadCifar(name: CifarName, path: string): Promise<Dataset> {
  const layout = CIFAR_LAYOUTS[name];
  const source = await findSource(path, layout);
  return makeDataset({
    name,
    classes: classNames(source, layout),
    train: readRecords(source, layout, layout.train),
    test: readRecords(source, layout, layout.test),
    // Meta-Weight-Net and the wide residual networks use these constants for both sets.
    mean: [125.3 / 255, 123.0 / 255, 113.9 / 255],
    std: [63.0 / 255, 62.1 / 255, 66.7 / 255],
    augment: { pad: 4, flip: true, padding: "zero" },
  });
}

/** Splits the records of several files, in order, into labels and pixels. */
function readRecords(source: Source, layout: CifarLayout, names: readonly string[]): ImageSet {
  const record = layout.labelBytes + PIXELS;
  const parts = names.map((name) => ({ name, bytes: required(source, name, layout.name) }));
  for (const { name, bytes } of parts) {
    if (bytes.length === 0) throw new DataError(`${layout.name}: ${name} in ${source.where} is empty`);
    if (bytes.length % record !== 0) {
      throw new DataError(
        `${layout.name}: ${name} in ${source.where} has ${bytes.length} bytes, not a multiple of the ${record}-byte record: ` +
          `it ends inside record ${Math.floor(bytes.length / record)}. Fetch it again with --download`,
      );
    }
  }
  const count = parts.reduce((sum, { bytes }) => sum + bytes.length / record, 0);
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * PIXELS);
  let n = 0;
  for (const { name, bytes } of parts) {
    for (let at = 0; at < bytes.length; at += record, n++) {
      const label = bytes[at + layout.labelBytes - 1]!;
      if (label >= layout.classes.length) {
        throw new DataError(
          `${layout.name}: label ${label} of record ${at / record} (byte ${at + layout.labelBytes - 1} of the file) of ${name} in ${source.where} ` +
            `is out of range 0…${layout.classes.length - 1}`,
        );
      }
      labels[n] = label;
      pixels.set(bytes.subarray(at + layout.labelBytes, at + record), n * PIXELS);
    }
  }
  return { pixels, labels, shape: [3, 32, 32], count };
}

/** Class names from the set's text file if it exists, else the built-in ones. */
function classNames(source: Source, { name, names, classes }: CifarLayout): readonly string[] {
  const text = source.files.get(names);
  if (text === undefined) return classes;
  const found = Buffer.from(text)
    .toString("utf8")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => line.trim());
  if (found.length !== classes.length) {
    throw new DataError(`${name}: ${names} in ${source.where} has ${found.length} names, expected ${classes.length}`);
  }
  const wrong = found.findIndex((label, i) => label !== classes[i]);
  if (wrong >= 0) {
    throw new DataError(
      `${name}: ${names} in ${source.where} calls class ${wrong} "${found[wrong]}", expected "${classes[wrong]}"`,
    );
  }
  return found;
}
