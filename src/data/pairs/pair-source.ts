/** @file The contract of a set of sentence pairs: a name, and how to read it from a folder. */

import type { Limits } from "./clean.ts";
import type { PairSet } from "./pairs.ts";

export interface PairSource<Name extends string = string> {
  readonly name: Name;
  /** A few words that follow the name in a list. */
  readonly summary: string;
  /** Limits of cleaning where none are given. */
  readonly limits: Limits;
  /** @throws DataError if files are missing or damaged, ConfigError for impossible limits */
  load(options: PairOptions): Promise<PairSet>;
}

export interface PairOptions {
  /** Folder with the files, or with the folder of the set. */
  readonly dir: string;
  /** Limits of cleaning. */
  readonly limits: Limits;
}
