/** @file Finds the files of a data set: in a folder, in its official sub-folder, or inside a `.tar.gz` archive. */

import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { list } from "tar";
import { DataError } from "../../errors.ts";

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
  /** base names of all files to read */
  readonly wanted: readonly string[];
}

/**
 * Reads the wanted files from `path`: a `.tar.gz` / `.tgz`, or a folder that holds the files, the official sub-folder
 * or the archive.
 *
 * @throws DataError if there is none of these
 */
export async function findSource(path: string, layout: Layout): Promise<Source> {
  const kind = await kindOf(path);
  if (kind === "file") return readArchive(path, layout);
  if (kind === "folder") {
    const folder = await findFolder([path, join(path, layout.folder)], layout.wanted);
    if (folder !== undefined) return readFolder(folder, layout.wanted);
    const archive = join(path, layout.archive);
    if ((await kindOf(archive)) === "file") return readArchive(archive, layout);
  }
  const looked = [join(path, layout.wanted[0]!), join(path, layout.folder), join(path, layout.archive)];
  throw new DataError(
    `${layout.name}: ${kind === undefined ? `no such folder or archive: ${path}` : `no data in ${path}`} ` +
      `(looked for ${looked.join(", ")}). Use --download to fetch it, or --data-dir to say where it is`,
  );
}

/** Kind of a path: "file", "folder", or undefined if there is neither. */
export async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isDirectory() ? "folder" : "file";
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
export async function readFolder(folder: string, wanted: readonly string[]): Promise<Source> {
  const files = new Map<string, Uint8Array>();
  for (const name of wanted) {
    if ((await kindOf(join(folder, name))) === "file") files.set(name, await readFile(join(folder, name)));
  }
  return { where: folder, files };
}

/** Streams a gzip'd tar once and keeps the wanted files in memory; nothing is written to disk. */
async function readArchive(file: string, { name, wanted }: Layout): Promise<Source> {
  const files = new Map<string, Uint8Array>();
  try {
    await list({
      file,
      strict: true,
      onReadEntry(entry) {
        const base = basename(entry.path);
        if (entry.type !== "File" || !wanted.includes(base)) return;
        const chunks: Uint8Array[] = [];
        entry.on("data", (chunk: Uint8Array) => chunks.push(chunk));
        entry.on("end", () => files.set(base, Buffer.concat(chunks)));
      },
    });
  } catch (error) {
    throw new DataError(
      `${name}: ${file} is not a whole .tar.gz archive (${(error as Error).message}). Delete it and use --download`,
      { cause: error },
    );
  }
  if (files.size === 0) throw new DataError(`${name}: ${file} holds none of ${wanted.join(", ")}`);
  return { where: file, files };
}

/** Bytes of a required file. @throws DataError with its name and the place searched, if it is missing */
export function required(source: Source, name: string, dataset: string): Uint8Array {
  const bytes = source.files.get(name);
  if (bytes === undefined) {
    throw new DataError(`${dataset}: ${name} is missing from ${source.where}. Use --download to fetch the whole set`);
  }
  return bytes;
}
