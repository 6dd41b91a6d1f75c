/**
 * @file Whether hang-ups are to be ignored, as `nohup` asks. Node restores the default disposition of every signal when
 * it starts, so what `nohup` set must be found by other traces: the shell's variable `_`, which names the program that
 * was called, and ancestors in the same session that ignore the signal themselves.
 */

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { statFields } from "../process-stat.ts";

interface Process {
  readonly parent: number;
  readonly session: number;
  readonly ignoresHangUp: boolean;
  /** Program that the process's own starter called; undefined where that is not told. */
  readonly called: string | undefined;
}

const isNohup = (called: string | undefined): boolean => called !== undefined && basename(called) === "nohup";

/** Whether a hang-up must not end this process. */
export function ignoresHangUp(env: NodeJS.ProcessEnv, pid: number): boolean {
  if (isNohup(env["_"])) return true;
  const own = processOf(pid);
  for (let at = own && processOf(own.parent); at && at.session === own!.session; at = processOf(at.parent)) {
    if (at.ignoresHangUp || isNohup(at.called)) return true;
  }
  return false;
}

/** A process by Linux's /proc; undefined elsewhere, and for a process of which nothing may be read. */
function processOf(pid: number): Process | undefined {
  try {
    const [, parent, , session] = statFields(pid) ?? [];
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
    // Signal n is bit n − 1, and a hang-up is signal 1.
    const ignoresHangUp = (BigInt(`0x${ignored}`) & 1n) === 1n;
    return { parent: Number(parent), session: Number(session), ignoresHangUp, called: calledOf(pid) };
  } catch {
    return undefined;
  }
}

/** Variable `_` of a process's environment. */
function calledOf(pid: number): string | undefined {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return variables.find((variable) => variable.startsWith("_="))?.slice(2);
  } catch {
    return undefined; // The environment of another user's process.
  }
}
