/** @file Folders by pattern, for shells that do not expand `*` and for patterns in quotes. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../errors.ts";

/**
 * Folders that match a pattern, sorted. `*` matches any characters but `/`, and `?` matches one. A path without either
 * is returned unchanged.
 * @throws DataError if nothing matches
 */
export async function expandFolders(pattern: string): Promise<string[]> {
  if (!/[*?]/.test(pattern)) return [pattern];
  const parts = pattern.split("/").filter((part, i) => part !== "" || i === 0);
  let found = [parts[0] === "" ? "/" : ""];
  for (const part of parts[0] === "" ? parts.slice(1) : parts) {
    found = /[*?]/.test(part)
      ? (await Promise.all(found.map((folder) => matching(folder, part)))).flat()
      : found.map((folder) => join(folder, part));
  }
  if (found.length === 0) throw new DataError(`${pattern}: no folder matches`);
  return found;
}

/** Regular expression for a pattern without "/", on the whole name. */
export function globExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`);
}

async function matching(folder: string, part: string): Promise<string[]> {
  const expression = globExpression(part);
  const entries = await readdir(folder || ".", { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && expression.test(entry.name))
    .map((entry) => join(folder, entry.name))
    .sort();
}
