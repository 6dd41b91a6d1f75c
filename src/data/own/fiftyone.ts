/**
 * @file FiftyOne's image classification datasets: `labels.json` beside the folder `data`.
 * @see https://docs.voxel51.com/user_guide/export_datasets.html
 */

import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { firstOf, shortened, shown } from "../../printable.ts";
import { decodeText } from "../../text-file.ts";
import { readDataFile } from "../formats/read-file.ts";
import { textColumn } from "../tables/column.ts";
import { isImageName } from "./folder.ts";
import type { SourceRows } from "./source-rows.ts";
import { walkFiles } from "./walk.ts";

/**
 * Reads an export. A label is the position of a class, its name where no classes are listed, or null.
 * @throws DataError for labels of another form, and for names that no image has
 */
export async function readFiftyOne(root: string): Promise<SourceRows> {
  const file = join(root, "labels.json");
  const { classes, labels } = await labelsIn(file);
  const images = new Map<string, string>();
  await walkFiles(join(root, "data"), (path) => {
    if (isImageName(path)) images.set(path, path).set(path.replace(/\.[^./]+$/, ""), path);
  });
  const missing = Object.keys(labels).filter((name) => !images.has(name));
  if (missing.length > 0) {
    throw new DataError(
      `${file}: ${missing.length} of its names have no image in ${join(root, "data")}: ` +
        firstOf(
          missing.map((name) => shortened(name, 60)),
          10,
        ),
    );
  }
  const names = Object.keys(labels);
  const paths = names.map((name) => images.get(name)!);
  const texts = names.map((name) => {
    const label = labels[name];
    if (label === null) return "";
    if (typeof label === "string") return label;
    if (
      typeof label === "number" &&
      Number.isInteger(label) &&
      (classes === undefined || (label >= 0 && label < classes.length))
    )
      return classes === undefined ? String(label) : classes[label]!;
    throw new DataError(
      `${file}: expected the label of ${shown(shortened(name))} to be ` +
        `${classes === undefined ? "a name" : `a position below ${classes.length}`} or null, got ${shown(label)}`,
    );
  });
  return {
    where: root,
    count: names.length,
    content: { kind: "files", root: join(root, "data"), paths: textColumn(paths) },
    roles: { id: textColumn(paths), label: textColumn(texts) },
    ...(classes === undefined ? {} : { classNames: classes }),
    remarks: [],
    place: (row) => `${file}: ${shortened(names[row]!)}`,
  };
}

async function labelsIn(
  file: string,
): Promise<{ classes?: readonly string[]; labels: Readonly<Record<string, unknown>> }> {
  let value: unknown;
  try {
    value = JSON.parse(decodeText(await readDataFile(file)));
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${file}: expected JSON (${shortened((error as Error).message)})`, { cause: error });
  }
  const { classes, labels } = (value ?? {}) as { classes?: unknown; labels?: unknown };
  if (typeof labels !== "object" || labels === null || Array.isArray(labels) || Object.keys(labels).length === 0)
    throw new DataError(`${file}: expected {classes, labels: {name: position}}, got ${shown(value)}`);
  if (classes === null || classes === undefined) return { labels: labels as Record<string, unknown> };
  if (!Array.isArray(classes) || !classes.every((name) => typeof name === "string"))
    throw new DataError(`${file}: expected classes to be an array of names, got ${shown(classes)}`);
  return { classes, labels: labels as Record<string, unknown> };
}
