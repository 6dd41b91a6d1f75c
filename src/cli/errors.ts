/** @file Conversion of any error to a message and an exit code. */

import { CommanderError } from "commander";
import type { ErrorCode } from "../errors.ts";
import { ReweightError } from "../errors.ts";
import { closest } from "../settings/similar.ts";

/** Exit codes, as listed in the help. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

const CODES: ReadonlySet<string> = new Set([
  "SHAPE",
  "DTYPE",
  "ENGINE",
  "CONFIG",
  "DATA",
  "CHECKPOINT",
  "DIVERGED",
  "INTERRUPTED",
] satisfies ErrorCode[]);

export interface Explained {
  readonly text: string;
  readonly code: number;
}

/**
 * Explains an error: in one line if the user can act on it, with the stack for our own defects.
 * @param names candidates for suggestions in place of an unknown option or verb
 */
export function explain(error: unknown, command: string, names: readonly string[] = []): Explained {
  if (error instanceof CommanderError) return { text: `${command}: ${commanderText(error, names)}`, code: EXIT.usage };
  // The code decides instead of the class, since an error from another thread keeps only its code.
  if (error instanceof ReweightError && CODES.has(error.code)) {
    return { text: `${command}: ${error.message}`, code: error.code === "CONFIG" ? EXIT.usage : EXIT.failed };
  }
  const system = systemText(error);
  if (system !== undefined) return { text: `${command}: ${system}`, code: EXIT.failed };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: `${command}: a defect in reweight, sorry. Please report it with the command and these lines:\n${stack}`,
    code: EXIT.failed,
  };
}

/** Rewrites "error: unknown option '--step'" to "unknown option --step. Did you mean --steps?". */
function commanderText({ message }: CommanderError, names: readonly string[]): string {
  const text = message.replace(/^error: /, "");
  const unknown = /^unknown (option|command) '([^']*)'/.exec(text);
  if (!unknown) return text;
  const [, what, name = ""] = unknown;
  const bare = (name: string): string => name.replace(/^--?/, "");
  const found = closest(bare(name), names.map(bare));
  const [verb, dashes] = what === "command" ? ["verb", ""] : ["option", "--"];
  return `unknown ${verb} ${name}.${found === undefined ? " See --help" : ` Did you mean ${dashes}${found}?`}`;
}

const REMEDIES: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: (path) =>
    `no space left on the disk${path && ` for ${path}`}. Free some, or choose another folder with --out`,
  EDQUOT: (path) =>
    `the disk quota is used up${path && ` (${path})`}. Free some space, or choose another folder with --out`,
  EACCES: (path) =>
    `no permission for ${path || "a file"}. Change its permissions, or choose another folder with --out`,
  EPERM: (path) =>
    `the system does not permit that on ${path || "a file"}. Change its permissions, or choose another folder with --out`,
  EROFS: (path) => `${path || "the file system"} is read-only. Choose another folder with --out`,
  ENOENT: (path) => `${path || "a file"} does not exist. Check the path`,
  ENOTDIR: (path) => `part of ${path || "the path"} is a file where a folder is needed. Choose another folder`,
  EISDIR: (path) => `${path || "the path"} is a folder where a file is needed`,
  EMFILE: () => "too many open files. Raise the limit (ulimit -n)",
  ENOMEM: () => "out of memory. Use a smaller --batch, or --train-limit",
  EIO: (path) => `the disk reports an error${path && ` at ${path}`}. Check it, or choose another folder with --out`,
};

/** Sentence on an error of the file system; undefined for any other error. */
function systemText(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path, message } = error as NodeJS.ErrnoException;
  // An error from another thread may have only its message: "ENOSPC: no space left on device, write".
  const name = code ?? /^(E[A-Z]+): /.exec(message)?.[1];
  const at = path ?? /'([^']+)'/.exec(message)?.[1] ?? "";
  return name === undefined ? undefined : REMEDIES[name]?.(at);
}
