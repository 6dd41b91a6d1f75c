/** @file Paths that data name: only those below a folder are ever opened. */

import { isAbsolute, relative, resolve, sep } from "node:path";
import { DataError } from "../../errors.ts";
import { shown } from "../../printable.ts";

/**
 * A path from the root, with `/` on every system.
 * @param at where the path is named, for messages
 * @throws DataError for an empty path and for one that leads outside of the root
 */
export function pathInside(root: string, given: string, at: () => string): string {
  const path = given.trim();
  if (path === "") throw new DataError(`${at()}: has no path`);
  if (path.includes("\0")) throw new DataError(`${at()}: ${shown(path)} is no path`);
  const inside = relative(root, resolve(root, path));
  if (inside === "" || inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new DataError(
      `${at()}: ${shown(path)} lies outside of ${root}, so it is not opened. --root FOLDER says where paths start`,
    );
  }
  return inside.split(sep).join("/");
}
