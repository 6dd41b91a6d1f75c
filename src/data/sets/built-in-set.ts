/** @file The contract of a built-in data set: a name, where its files come from, and how to load it. */

import type { Dataset } from "../dataset.ts";

export interface BuiltInSet<Name extends string = string> {
  readonly name: Name;
  /** A few words that follow the name in a list. */
  readonly summary: string;
  /** Absent for a generated set. */
  readonly files?: OfficialFiles;
  /** @throws DataError if files are missing or damaged */
  load(options: SetOptions): Dataset | Promise<Dataset>;
}

/** Published files of a set. */
export interface OfficialFiles {
  /** Address that file names are appended to. */
  readonly base: string;
  /** File name → MD5, hex. */
  readonly md5: Readonly<Record<string, string>>;
  /** Files that have to be fetched before the set can be read from `dir`, and the folder to put them in. */
  missing(dir: string): Promise<{ readonly folder: string; readonly names: readonly string[] }>;
}

export interface SetOptions {
  /** folder, or archive, with the official files */
  readonly dir: string;
  /** whether a download of missing files was asked for, for the advice in messages */
  readonly download?: boolean;
  readonly glyphs?: GlyphOptions;
}

/** Sizes and seed of the generated set. */
export interface GlyphOptions {
  /** images to train on; default 8,000 */
  readonly train?: number;
  /** images to test on; default 2,000 */
  readonly test?: number;
  /** seed of the set; default 1 */
  readonly seed?: number;
}
