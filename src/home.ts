/** @file The home folder in paths that no shell has seen: `--out=~/x`, config files. */

import { homedir } from "node:os";
import { join } from "node:path";

/** `~` and `~/x` as a shell expands them; any other path unchanged. */
export function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}
