/** @file Images in class folders, which may lie in split folders: `train/cat/0001.jpg`. */

import { extname, join } from "node:path";
import { DataError } from "../../errors.ts";
import { firstOf, shortened } from "../../printable.ts";
import { TextBuilder } from "../tables/column.ts";
import { partOf } from "./parts.ts";
import type { SourceRows } from "./source-rows.ts";
import { listFolder, walkFiles } from "./walk.ts";

/** Endings of image files, those of kinds that are refused with a remedy among them. */
const IMAGES = new Set(
  ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "tif", "tiff", "avif"].concat(["bmp", "svg", "heic", "heif"]),
);

/** Whether a file is taken for an image, by its name. What it is in truth, its first bytes tell. */
export const isImageName = (name: string): boolean => IMAGES.has(extname(name).slice(1).toLowerCase());

/**
 * Reads a folder of class folders.
 * @throws DataError if there are none, no images, or class folders beside split folders
 */
export async function readFolder(root: string): Promise<SourceRows> {
  const entries = await listFolder(root);
  const folders = entries.filter(({ kind }) => kind === "folder").map(({ name }) => name);
  const splits = folders.filter((name) => partOf(name) !== undefined);
  const classes = folders.filter((name) => partOf(name) === undefined);
  if (folders.length === 0) throw new DataError(`${root}: ${nothing("no class folders", entries)}`);
  if (splits.length > 0 && classes.length > 0) {
    throw new DataError(
      `${root}: has split folders (${shownNames(splits)}) and class folders (${shownNames(classes)}) side by side. ` +
        `Move the classes into train, or write a table with path,label`,
    );
  }
  const [paths, labels, split] = [new TextBuilder(), new TextBuilder(), new TextBuilder()];
  let [others, beside] = [0, 0];
  const depth = splits.length > 0 ? 2 : 1;
  await walkFiles(root, (path) => {
    const parts = path.split("/");
    if (!isImageName(path)) others++;
    else if (parts.length <= depth) beside++;
    else {
      paths.add(path);
      labels.add(parts[depth - 1]!);
      split.add(depth === 2 ? parts[0]! : "");
    }
  });
  const count = paths.count;
  if (count === 0) {
    const first = splits.length > 0 ? splits[0]! : classes[0]!;
    throw new DataError(
      `${root}: ${nothing("no images in class folders", await listFolder(join(root, first)), first)}`,
    );
  }
  const files = paths.column();
  return {
    where: root,
    count,
    content: { kind: "files", root, paths: files },
    roles: { label: labels.column(), ...(splits.length > 0 ? { split: split.column() } : {}) },
    remarks: [
      others > 0 && `${others} files that are no images are passed over`,
      beside > 0 && `${beside} images beside the class folders are passed over: their folder is their class`,
    ].filter((remark) => remark !== false),
    place: (row) => join(root, files.values[files.codes[row]!]!),
  };
}

const shownNames = (names: readonly string[]): string =>
  firstOf(
    names.map((name) => shortened(name, 40)),
    5,
  );

function nothing(what: string, entries: readonly { readonly name: string }[], within?: string): string {
  const found = entries.length === 0 ? "nothing" : shownNames(entries.map(({ name }) => name));
  return (
    `${what} found. Looked for <class>/<image> or train/<class>/<image> (JPEG, PNG, WebP, GIF, TIFF, AVIF)` +
    `; found ${found}${within === undefined ? "" : ` in ${shortened(within, 40)}`}`
  );
}
