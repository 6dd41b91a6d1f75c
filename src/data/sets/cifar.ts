/**
 * @file The official binary layout of CIFAR-10 and CIFAR-100 (Krizhevsky 2009).
 *
 * A record is the label bytes (the last one is the class) and 3,072 pixel bytes: the R, G and B planes of 32×32.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html
 */

import { DataError } from "../../errors.ts";
import type { ImageSet } from "../dataset.ts";
import { makeDataset } from "../dataset.ts";
import type { Layout, Source } from "../formats/source.ts";
import { findSource, isThere, required } from "../formats/source.ts";
import { refusePickles } from "./cifar-pickles.ts";
import type { BuiltInSet } from "./built-in-set.ts";
import type { CifarLayout } from "./cifar-layout.ts";

const PIXELS = 3 * 32 * 32;

/**
 * A set in this layout, from a folder or a `.tar.gz` (see `findSource` for the search). Files may hold fewer records than
 * the official set.
 */
export function cifarSet<const Name extends string>(layout: CifarLayout<Name>): BuiltInSet<Name> {
  const { name, summary, archive, folder } = layout;
  const needed = [...layout.train, ...layout.test];
  const places: Layout = { name, folder, archive: archive.name, needed, extra: [layout.names] };
  return {
    name,
    summary,
    files: {
      base: "https://www.cs.toronto.edu/~kriz/",
      md5: { [archive.name]: archive.md5 },
      async missing(dir) {
        return { folder: dir, names: (await isThere(dir, places)) ? [] : [archive.name] };
      },
    },
    /**
     * @throws DataError if a file is missing, empty, not a whole number of records, or holds a label outside the classes
     */
    async load({ dir, download }) {
      await refusePickles(dir, layout);
      const source = await findSource(dir, places, download);
      return makeDataset({
        name,
        classes: classNames(source, layout),
        train: readRecords(source, layout, layout.train, download),
        test: readRecords(source, layout, layout.test, download),
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

/** Splits the records of several files, in order, into labels and pixels. */
function readRecords(source: Source, layout: CifarLayout, names: readonly string[], download?: boolean): ImageSet {
  const record = layout.labelBytes + PIXELS;
  const parts = names.map((name) => ({ name, bytes: required(source, name, layout.name, download) }));
  for (const { name, bytes } of parts) {
    if (bytes.length === 0) throw new DataError(`${layout.name}: ${name} in ${source.where} is empty`);
    if (bytes.length % record !== 0) {
      throw new DataError(
        `${layout.name}: ${name} in ${source.where} has ${bytes.length} bytes, not a multiple of the ${record}-byte record: ` +
          `it ends inside record ${Math.floor(bytes.length / record)}. Fetch it again, into another folder`,
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
