/** @file Folders by pattern, for shells that do not expand `*` and for patterns in quotes. */

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { expandHome } from "../home.ts";
import { shortened } from "../printable.ts";

/** Whether a path is a pattern. */
export const isPattern = (path: string): boolean => /[*?]/.test(path);

/** Most folders that a pattern may match on the way: links that go round in circles would match without end. */
const MOST_FOLDERS = 10_000;

/**
 * Folders that match a pattern, sorted. `*` matches any characters but `/`, and `?` matches one. Links to folders
 * count. A path without either is returned unchanged, but for `~`.
 * @throws DataError if nothing matches, or more than 10,000 folders
 */
export function expandFolders(given: string): string[] {
  const pattern = expandHome(given);
  if (!isPattern(pattern)) return [pattern];
  const parts = pattern.split("/").filter((part, i) => part !== "" || i === 0);
  let found = [parts[0] === "" ? "/" : ""];
  for (const part of parts[0] === "" ? parts.slice(1) : parts) {
    found = isPattern(part) ? matching(found, part, pattern) : found.map((folder) => join(folder, part));
  }
  if (found.length === 0) throw new DataError(`${shortened(pattern)}: no folder matches`);
  return found;
}

function matching(folders: readonly string[], part: string, pattern: string): string[] {
  const matches = globMatcher(part);
  const found: string[] = [];
  for (const folder of folders) {
    const names = namesIn(folder || ".").filter((name) => !name.startsWith(".") && matches(name));
    found.push(...names.map((name) => join(folder, name)).filter(isFolder));
    if (found.length > MOST_FOLDERS) {
      throw new DataError(`${shortened(pattern)}: matches more than ${MOST_FOLDERS} folders. Write a narrower pattern`);
    }
  }
  return found;
}

/** Sorted names; none for what is no folder. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"].includes(code)) return [];
    throw error;
  }
}

/** Whether it is a folder or a link to one; a link to nothing is not. */
const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

/**
 * Whether a whole name matches a pattern without "/": `*` stands for any characters, `?` for one. Each `*` takes the
 * fewest characters that do, so the time is the product of the lengths at most.
 */
export function globMatcher(pattern: string): (name: string) => boolean {
  const wanted = [...pattern.replace(/\*+/g, "*")];
  return (name) => matchesAll(wanted, [...name]);
}

function matchesAll(pattern: readonly string[], name: readonly string[]): boolean {
  let [p, n] = [0, 0];
  // The last `*`, and where the text that it stands for ends at present.
  let [star, taken] = [-1, 0];
  while (n < name.length) {
    if (pattern[p] === "*") {
      [star, taken] = [p++, n];
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++taken;
    } else return false;
  }
  return p === pattern.length || (p === pattern.length - 1 && pattern[p] === "*");
}
