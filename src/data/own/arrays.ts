/** @file Features or images as NumPy arrays: one `.npz`, or `.npy` files side by side. */

import { basename } from "node:path";
import { DataError } from "../../errors.ts";
import { firstOf, shortened } from "../../printable.ts";
import type { NpyArray } from "../formats/npy.ts";
import { isNumeric, npyNumbers, npyShape, npyTexts, openNpy } from "../formats/npy.ts";
import { readDataFile } from "../formats/read-file.ts";
import { unzip } from "../formats/zip.ts";
import type { TextColumn } from "../tables/column.ts";
import { textColumn } from "../tables/column.ts";
import type { Content, Role, SourceRows } from "./source-rows.ts";

/** Bytes of the largest file, and of all arrays unpacked: what one array of JavaScript holds. */
const LARGEST = 2 ** 31 - 1;
const ADVICE = "save it in float16 or float32, or in parts of their own";

/** Names of arrays by what they mean; the first that is there is taken, two are an error. */
const NAMES = {
  content: ["x", "embeddings", "features", "images"],
  label: ["labels", "y"],
  right: ["right_labels"],
  trusted: ["trusted"],
  split: ["split"],
  id: ["ids"],
  classes: ["classes"],
} as const;

type Part = keyof typeof NAMES;

/**
 * Reads an archive of arrays.
 * @throws DataError naming the array, what was expected and what came
 */
export async function readNpz(path: string): Promise<SourceRows> {
  const known: readonly string[] = Object.values(NAMES).flat();
  const seen: string[] = [];
  const members = unzip(
    await readDataFile(path, LARGEST, ADVICE),
    path,
    (name) => {
      seen.push(name.replace(/\.npy$/, ""));
      return known.includes(seen.at(-1)!);
    },
    LARGEST,
  );
  const parts: Partial<Record<Part, NpyArray>> = {};
  for (const [part, names] of Object.entries(NAMES) as [Part, readonly string[]][]) {
    const found = names.filter((name) => members.has(`${name}.npy`));
    if (found.length > 1)
      throw new DataError(`${path}: has ${found.join(" and ")}, which mean the same. Leave one of them out`);
    if (found.length === 1) parts[part] = openNpy(members.get(`${found[0]}.npy`)!, `${path}: ${found[0]}`);
  }
  if (parts.content === undefined) {
    throw new DataError(
      `${path}: expected an array called ${NAMES.content.join(", ")}, found ${
        firstOf(
          seen.map((name) => shortened(name, 40)),
          8,
        ) || "none"
      }`,
    );
  }
  return rowsOf(path, parts.content, parts);
}

/**
 * Reads an array of features or images, with its labels in another file.
 * @param labels path of a `.npy` file; without one, no row has a label
 * @throws DataError naming the file, what was expected and what came
 */
export async function readNpy(path: string, labels?: string): Promise<SourceRows> {
  const read = async (file: string): Promise<NpyArray> => openNpy(await readDataFile(file, LARGEST, ADVICE), file);
  const content = await read(path);
  return rowsOf(path, content, labels === undefined ? {} : { label: await read(labels) });
}

function rowsOf(path: string, array: NpyArray, parts: Partial<Record<Part, NpyArray>>): SourceRows {
  const count = array.shape[0] ?? 0;
  if (count === 0) throw new DataError(`${array.where}: expected rows, got shape ${npyShape(array)}`);
  const roles: Partial<Record<Role, TextColumn>> = {};
  for (const role of ["label", "right", "trusted", "split", "id"] as const) {
    const part = parts[role];
    if (part === undefined) continue;
    if (part.shape.length !== 1 || part.size !== count) {
      throw new DataError(
        `${part.where}: expected one entry for each of the ${count} rows of ${basename(array.where)}, got shape ${npyShape(part)}`,
      );
    }
    roles[role] = textColumn(textsOf(part, role === "label" || role === "right"));
  }
  const names = parts.classes && textsOf(parts.classes, false);
  return {
    where: path,
    count,
    content: contentOf(array),
    roles,
    ...(names === undefined ? {} : { classNames: names }),
    remarks: [],
    place: (row) => `${path}, row ${row}`,
  };
}

/**
 * Entries as text. Numbers must be whole.
 * @param hasUnknown whether -1, or NaN in an array of floats, means that nobody knows
 */
function textsOf(array: NpyArray, hasUnknown: boolean): string[] {
  if (!isNumeric(array)) return npyTexts(array);
  const numbers = npyNumbers(array, new Float64Array(array.size));
  return Array.from(numbers, (number, row) => {
    if (hasUnknown && (number === -1 || Number.isNaN(number))) return "";
    if (!Number.isSafeInteger(number)) {
      throw new DataError(
        `${array.where}: expected integers or text, got ${number} in row ${row} (dtype '${array.dtype}')`,
      );
    }
    return String(number);
  });
}

function contentOf(array: NpyArray): Content {
  const { shape, kind, width, where, size } = array;
  if (shape.length === 2 && isNumeric(array) && kind !== "b") {
    const values = npyNumbers(array, new Float32Array(size));
    const odd = values.findIndex((value) => !Number.isFinite(value));
    if (odd >= 0) {
      throw new DataError(
        `${where}: ${values[odd]} in row ${Math.floor(odd / shape[1]!)}, column ${odd % shape[1]!}: ` +
          `expected finite numbers of 32 bits. Replace or leave out such rows`,
      );
    }
    if (shape[1] === 0) throw new DataError(`${where}: its rows have no numbers: shape ${npyShape(array)}`);
    return { kind: "vectors", width: shape[1]!, values };
  }
  if ((shape.length === 3 || shape.length === 4) && kind === "u" && width === 1) {
    const channels = shape[3] ?? 1;
    if (channels !== 1 && channels !== 3 && channels !== 4) {
      throw new DataError(
        `${where}: expected images [N, height, width] or [N, height, width, 1, 3 or 4], got shape ${npyShape(array)}. ` +
          `Channels come last: x.transpose(0, 2, 3, 1)`,
      );
    }
    if (size === 0) throw new DataError(`${where}: its images are empty: shape ${npyShape(array)}`);
    return { kind: "pixels", shape: [shape[1]!, shape[2]!, channels], pixels: npyNumbers(array, new Uint8Array(size)) };
  }
  throw new DataError(
    `${where}: expected features [N, width] of numbers, or images [N, height, width(, channels)] of uint8, ` +
      `got dtype '${array.dtype}' with shape ${npyShape(array)}`,
  );
}
