/** @file The runs among folders, where other folders may lie beside them. */

import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord } from "../train/record/run-record.ts";
import { readRecord } from "../train/record/run-record.ts";
import { expandFolders } from "./glob.ts";

export interface Collected {
  /** Each run once, even where a link leads to it as well. */
  readonly runs: readonly RunRecord[];
  /** What is there and holds no run. */
  readonly others: readonly string[];
}

/**
 * Reads the runs of folders and patterns.
 * @throws DataError for a path where nothing is, for a damaged record, and where no run is found at all
 */
export function collectRuns(patterns: readonly string[]): Collected {
  const folders = patterns.flatMap(expandFolders).map((folder) => folder.replace(/(?<=[^/])\/+$/, ""));
  const isOther = (folder: string): boolean => existsSync(folder) && !existsSync(join(folder, "run.json"));
  const others = folders.filter(isOther);
  const named = folders.filter((folder) => !isOther(folder));
  // Where nothing else is named, the first of them says in an error that it holds no run.
  const wanted = named.length > 0 ? named : others.slice(0, 1);
  const first = new Map<string, string>();
  for (const folder of wanted) if (!first.has(realFolder(folder))) first.set(realFolder(folder), folder);
  return { runs: [...first.values()].map(readRecord), others };
}

/** The folder that a path leads to; the path itself where nothing is. */
function realFolder(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}
