/** @file Conversion of any error to a message and an exit code. */

import { CommanderError } from "commander";
import type { ErrorCode } from "../errors.ts";
import { ReweightError } from "../errors.ts";
import { oneLine, shortened } from "../printable.ts";
import { calledHere } from "../settings/aliases.ts";
import { closest } from "../similar.ts";
import { systemText, withMemoryRemedy } from "./system-errors.ts";

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
  const tell = (message: string, code: number): Explained => ({ text: `${command}: ${oneLine(message)}`, code });
  if (error instanceof CommanderError) return tell(commanderText(error, names), EXIT.usage);
  // The code decides instead of the class, since an error from another thread keeps only its code.
  if (error instanceof ReweightError && CODES.has(error.code)) {
    const code = error.code === "CONFIG" ? EXIT.usage : EXIT.failed;
    // A compiler's output has lines.
    if (command === BUILD) return { text: `${command}: ${error.message}`, code };
    return tell(error.code === "ENGINE" ? withMemoryRemedy(error.message) : error.message, code);
  }
  const system = systemText(error);
  if (system !== undefined) return tell(system, EXIT.failed);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: `${command}: a defect in reweight, sorry. Please report it with the command and these lines:\n${stack}`,
    code: EXIT.failed,
  };
}

const BUILD = "reweight build-torch";

/** Rewrites "error: unknown option '--step'" to "unknown option --step. Did you mean --steps?". */
function commanderText({ message }: CommanderError, names: readonly string[]): string {
  const text = message.replace(/^error: /, "");
  const unknown = /^unknown (option|command) '([^]*)'/.exec(text);
  if (!unknown) return text;
  const [, what, name = ""] = unknown;
  const bare = (name: string): string => name.replace(/^--?/, "");
  const known = names.map(bare);
  const written = bare(name).replace(/=[^]*$/, "");
  const short = shortened(name);
  if (what === "command") {
    const found = closest(written, known);
    return `unknown verb ${short}.${found === undefined ? " See --help" : ` Did you mean ${found}?`}`;
  }
  const here = calledHere(written);
  if (here && known.includes(here.option)) return `unknown option ${short}: it is called --${here.option}${here.note}`;
  const found = closest(written, known);
  return `unknown option ${short}.${found === undefined ? " See --help" : ` Did you mean --${found}?`}`;
}
