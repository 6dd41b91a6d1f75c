/** @file Finds the files of a data set: in a folder, in its official sub-folder, or inside a `.tar.gz` archive. */

import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { readArchive } from "./archive.ts";
import { kindOf, readDataFile } from "./read-file.ts";

/** Files by name, from a folder or an archive. */
export interface Source {
  /** folder or archive, for messages */
  readonly where: string;
  /** contents by base name, without missing files */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Names to look for. */
export interface Layout {
  /** for messages, for example "cifar10" */
  readonly name: string;
  /** official sub-folder, for example "cifar-10-batches-bin" */
  readonly folder: string;
  /** official archive, for example "cifar-10-binary.tar.gz" */
  readonly archive: string;
  /** base names of the files that the set needs */
  readonly needed: readonly string[];
  /** base names of files that are read where they are there */
  readonly extra: readonly string[];
}

/** What to do about files that are missing. @param download whether a download was asked for already */
export const fetchAdvice = (download: boolean | undefined): string =>
  download
    ? "--download fetches what is missing into --data-dir; name an empty folder there to fetch the whole set"
    : "Use --download to fetch it, or --data-dir to say where it is";

/**
 * Reads the files from `path`: a `.tar.gz` / `.tgz`, or a folder that holds the files, the official sub-folder or the
 * archive. An archive is preferred to a folder that lacks some of the files.
 *
 * @param download whether a download was asked for, for the advice in messages
 * @throws DataError if there is none of these
 */
export async function findSource(path: string, layout: Layout, download?: boolean): Promise<Source> {
  const kind = await kindOf(path);
  if (kind === "file") return fromArchive(path, layout);
  if (kind === "folder") {
    const folder = await findFolder([path, join(path, layout.folder)], layout.needed);
    const archive = join(path, layout.archive);
    const whole = folder !== undefined && (await isWhole(folder, layout));
    if (!whole && (await kindOf(archive)) === "file") return fromArchive(archive, layout);
    if (folder !== undefined) return readFolder(folder, [...layout.needed, ...layout.extra]);
  }
  const looked = [join(path, layout.needed[0]!), join(path, layout.folder), join(path, layout.archive)];
  throw new DataError(
    `${layout.name}: ${kind === undefined ? `no such folder or archive: ${path}` : `no data in ${path}`} ` +
      `(looked for ${looked.join(", ")}). ${fetchAdvice(download)}`,
  );
}

/** Whether the files of a layout can be read from a folder without a download. */
export async function isThere(path: string, layout: Layout): Promise<boolean> {
  const folder = await findFolder([path, join(path, layout.folder)], layout.needed);
  if (folder !== undefined && (await isWhole(folder, layout))) return true;
  return (await kindOf(join(path, layout.archive))) === "file";
}

async function isWhole(folder: string, { needed }: Layout): Promise<boolean> {
  const kinds = await Promise.all(needed.map((name) => kindOf(join(folder, name))));
  return kinds.every((kind) => kind === "file");
}

/** The first of the folders that holds any of the named files. */
export async function findFolder(folders: readonly string[], names: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const kinds = await Promise.all(names.map((name) => kindOf(join(folder, name))));
    if (kinds.includes("file")) return folder;
  }
  return undefined;
}

/** Reads the wanted files that exist. */
async function readFolder(folder: string, wanted: readonly string[]): Promise<Source> {
  const files = new Map<string, Uint8Array>();
  for (const name of wanted) {
    if ((await kindOf(join(folder, name))) === "file") files.set(name, await readDataFile(join(folder, name)));
  }
  return { where: folder, files };
}

async function fromArchive(file: string, { name, needed, extra }: Layout): Promise<Source> {
  const files = await readArchive(file, new Set([...needed, ...extra]));
  if (files.size === 0) throw new DataError(`${name}: ${file} holds none of ${needed.join(", ")}`);
  return { where: file, files };
}

/**
 * Bytes of a required file.
 * @param download whether a download was asked for, for the advice in messages
 * @throws DataError with its name and the place searched, if it is missing
 */
export function required(source: Source, name: string, dataset: string, download?: boolean): Uint8Array {
  const bytes = source.files.get(name);
  if (bytes === undefined) {
    throw new DataError(`${dataset}: ${name} is missing from ${source.where}. ${fetchAdvice(download)}`);
  }
  return bytes;
}
