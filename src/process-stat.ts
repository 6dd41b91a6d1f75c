/** @file Facts of a process by Linux's /proc. */

import { readFileSync } from "node:fs";

/**
 * Fields of /proc/PID/stat after the program's name: state, parent, group, session, …
 * @returns undefined where the system has no /proc, and for a process that is not there
 */
export function statFields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may itself hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
