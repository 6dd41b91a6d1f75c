/** @file A path of one's own to rows: what lies there decides how it is read, unless `--format` does. */

import { basename, dirname, extname, join } from "node:path";
import { ConfigError, DataError } from "../../errors.ts";
import { firstOf, shortened } from "../../printable.ts";
import { editDistance } from "../../similar.ts";
import { kindOf } from "../formats/read-file.ts";
import { builtInSets } from "../sets/registry.ts";
import { openCsv } from "../tables/csv.ts";
import { openJsonl } from "../tables/jsonl.ts";
import { openParquet } from "../tables/parquet.ts";
import { readNpy, readNpz } from "./arrays.ts";
import { readFiftyOne } from "./fiftyone.ts";
import { readFolder } from "./folder.ts";
import { readLabelStudio } from "./label-studio.ts";
import type { ManifestOptions } from "./manifest.ts";
import { readManifest } from "./manifest.ts";
import { partOf } from "./parts.ts";
import type { SourceRows } from "./source-rows.ts";
import type { Format } from "./understood.ts";
import { listFolder } from "./walk.ts";
import { readWebDataset } from "./webdataset.ts";

export interface SourceOptions extends ManifestOptions {
  readonly format?: Format;
  /** `--labels`: the labels of a `.npy` file of features */
  readonly labels?: string;
}

/** Formats of files by their endings. */
const ENDINGS: Readonly<Record<string, Format>> = {
  ".csv": "manifest",
  ".tsv": "manifest",
  ".jsonl": "manifest",
  ".ndjson": "manifest",
  ".parquet": "parquet",
  ".tar": "webdataset",
  ".npz": "arrays",
  ".npy": "arrays",
  ".json": "label-studio",
};

/** Tables that a folder of images may bring. */
const MANIFESTS = ["metadata.csv", "metadata.jsonl"];

const endingOf = (path: string): string => extname(path).toLowerCase();
const isPattern = (path: string): boolean => /[*?]/.test(basename(path));

/** Whether the value of `--data` is a path: built-in names have no separator and no dot. */
export async function isPath(data: string): Promise<boolean> {
  if (/[\\/.]/.test(data)) return true;
  return !builtInSets.some(({ name }) => name === data) && (await kindOf(data)) !== undefined;
}

/**
 * Reads labels and roles of a source; images stay where they are.
 * @throws ConfigError for options that do not fit; DataError for what is wrong with the data
 */
export async function readSource(path: string, options: SourceOptions): Promise<{ rows: SourceRows; format: Format }> {
  const format = options.format ?? (await formatOf(path));
  if (options.labels !== undefined && endingOf(path) !== ".npy")
    throw new ConfigError(`--labels belongs to a .npy file of features, got ${shortened(path)}`);
  if (options.features !== undefined && format !== "manifest" && format !== "parquet")
    throw new ConfigError(
      `--feature-columns belongs to tables (CSV, TSV, JSONL, Parquet); ${shortened(path)} is read as ${format}`,
    );
  return { rows: await READERS[format](path, options), format };
}

const READERS: Readonly<Record<Format, (path: string, options: SourceOptions) => Promise<SourceRows>>> = {
  folder: readFolder,
  manifest: readTable,
  parquet: async (path, options) => {
    const source = await openParquet(path, splitOfShard);
    return readManifest(source, options, source);
  },
  webdataset: async (path, { columns }) => readWebDataset(path, await tarsOf(path), columns),
  arrays: (path, { labels }) => (endingOf(path) === ".npy" ? readNpy(path, labels) : readNpz(path)),
  "label-studio": (path, { root }) => readLabelStudio(path, root),
  fiftyone: readFiftyOne,
};

/** `train-00000-of-00004.parquet` tells its split. */
function splitOfShard(name: string): string | undefined {
  const split = /^([a-z]+)(?=[-_.\d])/i.exec(name)?.[1];
  return split !== undefined && partOf(split) !== undefined ? split : undefined;
}

async function readTable(path: string, options: SourceOptions): Promise<SourceRows> {
  const file = (await kindOf(path)) === "folder" ? await manifestIn(path) : path;
  if (file === undefined) throw new DataError(`${path}: holds no ${MANIFESTS.join(" or ")}`);
  const isLines = /\.(jsonl|ndjson)$/i.test(file);
  return readManifest(await (isLines ? openJsonl(file) : openCsv(file)), options);
}

async function manifestIn(folder: string): Promise<string | undefined> {
  const names = (await listFolder(folder)).map(({ name }) => name);
  const found = MANIFESTS.filter((name) => names.includes(name));
  if (found.length > 1) throw new DataError(`${folder}: has ${found.join(" and ")}. Name the one to read`);
  return found[0] === undefined ? undefined : join(folder, found[0]);
}

async function tarsOf(path: string): Promise<string[]> {
  const isFolder = (await kindOf(path)) === "folder";
  if (!isFolder && !isPattern(path)) return [path];
  const folder = isFolder ? path : dirname(path);
  const pattern = isFolder ? "*.tar" : basename(path);
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, "\\$&")
    .replaceAll("*", "[^]*")
    .replaceAll("?", "[^]");
  const test = new RegExp(`^${source}$`);
  const names = (await listFolder(folder)).filter(({ name, kind }) => kind === "file" && test.test(name));
  if (names.length === 0) throw new DataError(`${path}: no file matches`);
  return names.map(({ name }) => join(folder, name));
}

/** @throws DataError for a path where nothing lies, or nothing that is known */
async function formatOf(path: string): Promise<Format> {
  if (isPattern(path) && endingOf(path) === ".tar") return "webdataset";
  const kind = await kindOf(path);
  if (kind === undefined) {
    const names = builtInSets.map(({ name }) => name);
    const near = names.find((name) => editDistance(name, path.toLowerCase()) === 1);
    throw new DataError(
      `${path}: no such file or folder. --data takes a path, or the name of a data set` +
        (near === undefined ? ". Data that were moved are named again with --data" : `. Did you mean ${near}?`),
    );
  }
  if (kind === "file") {
    const format = ENDINGS[endingOf(path)];
    if (format !== undefined) return format;
    const remedy = /\.(gz|tgz|zip|xz|bz2|zst|7z)$/i.test(path) ? "Unpack it first" : "--format says how to read it";
    throw new DataError(`${path}: expected a folder or ${Object.keys(ENDINGS).join(", ")}. ${remedy}`);
  }
  return formatOfFolder(path);
}

async function formatOfFolder(path: string): Promise<Format> {
  const entries = await listFolder(path);
  const has = (name: string): boolean => entries.some((entry) => entry.name === name);
  if (has("labels.json") && has("data")) return "fiftyone";
  if (MANIFESTS.some(has)) return "manifest";
  for (const { name, kind } of entries) {
    if (kind !== "folder" || partOf(name) === undefined || (await manifestIn(join(path, name))) === undefined) continue;
    throw new DataError(
      `${join(path, name)}: has a table of its own. Write one table beside the split folders, with the paths ` +
        `${name}/… and the column split, or name one of them`,
    );
  }
  const files = entries.filter(({ kind }) => kind === "file").map(({ name }) => endingOf(name));
  if (entries.every(({ kind }) => kind === "file")) {
    if (files.includes(".parquet")) return "parquet";
    if (files.includes(".tar")) return "webdataset";
    const tables = entries.filter(({ name }) => ENDINGS[endingOf(name)] !== undefined).map(({ name }) => name);
    if (tables.length > 0)
      throw new DataError(`${path}: has no class folders. Name the file to read: ${firstOf(tables, 5)}`);
  }
  return "folder";
}
