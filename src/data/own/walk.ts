/** @file All files below a folder, in an order that does not depend on the system. */

import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { byCodePoint } from "./class-names.ts";

/** Names that systems leave in folders. */
const LEFT_BEHIND = new Set(["__macosx", "thumbs.db", "desktop.ini"]);

/** Most folders within one another. */
const DEEPEST = 64;

export interface Listed {
  /** base name */
  readonly name: string;
  readonly kind: "file" | "folder";
}

/** What a folder holds, links followed, by code point; without hidden files and what systems leave behind. */
export async function listFolder(path: string): Promise<Listed[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    throw new DataError(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`, {
      cause: error,
    });
  }
  const listed = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith(".") && !LEFT_BEHIND.has(name.toLowerCase()))
      .map(async (entry): Promise<Listed | undefined> => {
        const { name } = entry;
        if (!entry.isSymbolicLink()) {
          return entry.isDirectory() ? { name, kind: "folder" } : entry.isFile() ? { name, kind: "file" } : undefined;
        }
        // A link to nowhere is nothing.
        const target = await stat(join(path, name)).catch(() => undefined);
        return target && { name, kind: target.isDirectory() ? "folder" : "file" };
      }),
  );
  return listed.filter((entry) => entry !== undefined).sort((a, b) => byCodePoint(a.name, b.name));
}

/**
 * Paths of all files below a folder, from it, with `/` on every system. A folder that was met already on the way down is
 * not entered again, so links to a parent end.
 * @param visit gets each path
 */
export async function walkFiles(root: string, visit: (path: string) => void): Promise<void> {
  const enter = async (path: string, above: ReadonlySet<string>): Promise<void> => {
    const folder = join(root, path);
    const real = await realpath(folder);
    if (above.has(real)) return;
    if (above.size > DEEPEST) throw new DataError(`${folder}: lies more than ${DEEPEST} folders deep`);
    const within = new Set([...above, real]);
    for (const { name, kind } of await listFolder(folder)) {
      const inside = path === "" ? name : `${path}/${name}`;
      if (kind === "file") visit(inside);
      else await enter(inside, within);
    }
  };
  await enter("", new Set());
}
