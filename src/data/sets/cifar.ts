/**
 * @file CIFAR-10 and CIFAR-100 (Krizhevsky 2009) in their official forms: binary records, or Python's pickles. Both hold
 * the same images in the same order.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html
 */

import { DataError } from "../../errors.ts";
import type { ImageSet } from "../dataset.ts";
import { makeDataset } from "../dataset.ts";
import type { Layout, Source } from "../formats/source.ts";
import { findSource, isThere, required } from "../formats/source.ts";
import type { BuiltInSet } from "./built-in-set.ts";
import type { Batch } from "./cifar-batches.ts";
import { binaryBatch, PIXELS, pickledBatch, pickledNames } from "./cifar-batches.ts";
import type { CifarLayout } from "./cifar-layout.ts";

/** One of the official forms. */
interface Form {
  readonly places: Layout;
  /** files of images, in order */
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** file of class names */
  readonly names: string;
  /** @param what the file, for messages */
  batch(bytes: Uint8Array, what: string): Batch;
  classNames(bytes: Uint8Array, what: string): readonly string[];
}

function binaryForm({ name, folder, archive, train, test, names, labelBytes }: CifarLayout): Form {
  return {
    places: { name, folder, archive: archive.name, needed: [...train, ...test], extra: [names] },
    train,
    test,
    names,
    batch: (bytes, what) => binaryBatch(bytes, what, labelBytes),
    classNames: (bytes) => Buffer.from(bytes).toString("utf8").split(/\r?\n/),
  };
}

function pythonForm({ name, python, ...layout }: CifarLayout): Form {
  const [train, test] = [layout.train, layout.test].map((files) => files.map((file) => file.replace(/\.bin$/, "")));
  const { folder, archive, names, labels, classNames } = python;
  return {
    places: { name, folder, archive, needed: [...train!, ...test!], extra: [names] },
    train: train!,
    test: test!,
    names,
    batch: (bytes, what) => pickledBatch(bytes, what, labels),
    classNames: (bytes, what) => pickledNames(bytes, what, classNames),
  };
}

/**
 * A set in these forms, from a folder or a `.tar.gz` (see `findSource` for the search). Files may hold fewer images than
 * the official set.
 */
export function cifarSet<const Name extends string>(layout: CifarLayout<Name>): BuiltInSet<Name> {
  const { name, summary, archive } = layout;
  const [binary, python] = [binaryForm(layout), pythonForm(layout)];
  return {
    name,
    summary,
    files: {
      base: "https://www.cs.toronto.edu/~kriz/",
      md5: { [archive.name]: archive.md5 },
      async missing(dir) {
        const found = (await isThere(dir, binary.places)) || (await isThere(dir, python.places));
        return { folder: dir, names: found ? [] : [archive.name] };
      },
    },
    /** @throws DataError if a file is missing, empty or damaged, or holds a label outside the classes */
    async load({ dir, download }) {
      const usesPython = !(await isThere(dir, binary.places)) && (await isThere(dir, python.places));
      const form = usesPython ? python : binary;
      const source = await findSource(dir, form.places, download);
      return makeDataset({
        name,
        classes: classNames(source, form, layout),
        train: readImages(source, form, form.train, layout, download),
        test: readImages(source, form, form.test, layout, download),
        // Meta-Weight-Net and the wide residual networks use these constants for both sets.
        mean: [125.3 / 255, 123.0 / 255, 113.9 / 255],
        std: [63.0 / 255, 62.1 / 255, 66.7 / 255],
        augment: { pad: 4, flip: true, padding: "zero" },
        flipPairs: layout.flipPairs,
      });
    },
  };
}

/** The words of a text. */
export const words = (text: string): string[] => text.trim().split(/\s+/);

/** Pairs of numbers: `9,3 4,8`. */
export const pairs = (text: string): (readonly [number, number])[] =>
  words(text).map((pair) => {
    const [first, second] = pair.split(",");
    return [Number(first), Number(second)];
  });

/** The images of several files, in order. */
function readImages(
  source: Source,
  form: Form,
  files: readonly string[],
  { name: set, classes }: CifarLayout,
  download: boolean | undefined,
): ImageSet {
  const parts = files.map((file) => {
    const what = `${set}: ${file} in ${source.where}`;
    return { what, ...form.batch(required(source, file, set, download), what) };
  });
  const count = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * PIXELS);
  let first = 0;
  for (const part of parts) {
    const wrong = part.labels.findIndex((label) => label >= classes.length);
    if (wrong >= 0) {
      throw new DataError(
        `${part.what}: label ${part.labels[wrong]} of image ${wrong} is out of range 0…${classes.length - 1}`,
      );
    }
    labels.set(part.labels, first);
    pixels.set(part.pixels, first * PIXELS);
    first += part.labels.length;
  }
  return { pixels, labels, shape: [3, 32, 32], count };
}

/** Class names from the set's own file if it exists, else the built-in ones. */
function classNames(source: Source, form: Form, { name, classes }: CifarLayout): readonly string[] {
  const bytes = source.files.get(form.names);
  if (bytes === undefined) return classes;
  const what = `${name}: ${form.names} in ${source.where}`;
  const found = form.classNames(bytes, what).flatMap((label) => label.trim() || []);
  if (found.length !== classes.length) {
    throw new DataError(`${what} has ${found.length} names, expected ${classes.length}`);
  }
  const wrong = found.findIndex((label, i) => label !== classes[i]);
  if (wrong >= 0) {
    throw new DataError(`${what} calls class ${wrong} "${found[wrong]}", expected "${classes[wrong]}"`);
  }
  return found;
}
