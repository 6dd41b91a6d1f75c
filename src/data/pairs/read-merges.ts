/** @file A file of BPE merges that a user names. */

import { DataError } from "../../errors.ts";
import type { Merge } from "../text/merges.ts";
import { parseMerges } from "../text/merges.ts";
import { readTextLines } from "../formats/lines.ts";

/** @throws DataError for a file that is missing, or no file of merges */
export async function readMerges(path: string): Promise<Merge[]> {
  const merges = parseMerges((await readTextLines(path)).join("\n"), path);
  if (merges.length === 0) throw new DataError(`${path}: expected merges of BPE, got none`);
  return merges;
}
