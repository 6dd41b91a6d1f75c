/** @file Loading of any data set by name: from disk, by download or by generation. */

import { join } from "node:path";
import { ConfigError } from "../../errors.ts";
import type { Dataset } from "../dataset.ts";
import { kindOf } from "../formats/read-file.ts";
import type { OfficialFiles, SetOptions } from "./built-in-set.ts";
import type { DownloadOptions } from "./download.ts";
import { download } from "./download.ts";
import { builtInSets } from "./registry.ts";

export type DatasetName = (typeof builtInSets)[number]["name"];

/** Names of the data sets. */
export const DATASETS = builtInSets.map(({ name }) => name) as unknown as readonly [DatasetName, ...DatasetName[]];

export interface LoadOptions extends DownloadOptions, Partial<SetOptions> {
  readonly name: DatasetName;
  /** folder (or CIFAR archive) to read, and to download into; default "data". Not used by glyphs */
  readonly dir?: string;
  /** first download missing files from the official address; default false */
  readonly download?: boolean;
  /** other address to download from, with the same file names */
  readonly base?: string;
}

/**
 * Loads a data set.
 *
 * @throws ConfigError for an unknown name, DataError if files are missing, damaged or cannot be fetched
 * @example await loadDataset({ name: "cifar10", dir: "data", download: true })
 */
export async function loadDataset(options: LoadOptions): Promise<Dataset> {
  const { name, dir = "data" } = options;
  const set = builtInSets.find((set) => set.name === name);
  if (set === undefined) {
    const known = builtInSets.map(({ name, summary }) => `${name} (${summary})`);
    throw new ConfigError(`data set: expected one of ${known.join(", ")}, got "${String(name)}"`);
  }
  if (options.download === true && set.files !== undefined) await fetchMissing(set.files, dir, options);
  return set.load({ ...options, dir });
}

/** Downloads missing files. Existing files are kept, whatever their content. */
async function fetchMissing(files: OfficialFiles, dir: string, options: LoadOptions): Promise<void> {
  // An archive, under any name.
  if ((await kindOf(dir)) === "file") return;
  const { folder, names } = await files.missing(dir);
  for (const name of names)
    await download(new URL(name, options.base ?? files.base).href, join(folder, name), files.md5[name]!, options);
}
