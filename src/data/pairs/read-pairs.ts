/** @file Reading of sentence pairs: two files with the same number of lines, plain or `.gz`. */

import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { readTextLines } from "../formats/lines.ts";
import { kindOf } from "../formats/read-file.ts";
import type { Pairs, PairSet } from "./pairs.ts";

/** Path of a file or of its `.gz`; undefined where there is neither. */
export async function textFile(folder: string, name: string): Promise<string | undefined> {
  for (const path of [join(folder, name), join(folder, `${name}.gz`)]) {
    if ((await kindOf(path)) === "file") return path;
  }
  return undefined;
}

/** The first of the folders that holds a file of this name, plain or `.gz`. */
export async function folderWith(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const folder of folders) if ((await textFile(folder, name)) !== undefined) return folder;
  return undefined;
}

/**
 * Reads `BASE.SOURCE` and `BASE.TARGET`, such as `train.de` and `train.en`.
 *
 * @returns undefined where neither is there
 * @throws DataError where one is missing or cannot be read, and for different numbers of lines
 */
export async function findPairs(
  folder: string,
  base: string,
  languages: PairSet["languages"],
): Promise<Pairs | undefined> {
  const names = languages.map((language) => `${base}.${language}`);
  const [source, target] = await Promise.all(names.map((name) => textFile(folder, name)));
  if (source === undefined && target === undefined) return undefined;
  if (source === undefined || target === undefined) {
    const [there, missing] = source === undefined ? [target, names[0]] : [source, names[1]];
    throw new DataError(`${join(folder, missing!)}: missing beside ${there}. Put the other side of the pairs there`);
  }
  return readPairs(source, target);
}

/** Reads two files. @throws DataError that names both counts where the numbers of lines differ */
export async function readPairs(sourceFile: string, targetFile: string): Promise<Pairs> {
  const [source, target] = await Promise.all([readTextLines(sourceFile), readTextLines(targetFile)]);
  if (source.length !== target.length) {
    throw new DataError(
      `${sourceFile} and ${targetFile}: expected the same number of lines, got ${source.length} and ${target.length}. ` +
        "Line n of both must be the same sentence: make them again together",
    );
  }
  return { source, target };
}

/** The same, where the pairs have to be there. @param advice what to do if they are not */
export async function requiredPairs(
  folder: string,
  base: string,
  languages: PairSet["languages"],
  advice: string,
): Promise<Pairs> {
  const pairs = await findPairs(folder, base, languages);
  if (pairs !== undefined) return pairs;
  throw new DataError(`${join(folder, `${base}.${languages[0]}`)}: there is no such file, nor its .gz. ${advice}`);
}
