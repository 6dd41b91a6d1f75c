/**
 * @file Access of a verb to the process: text output and signals. `main.ts` makes the real one; tests make their own.
 */

import pc from "picocolors";
import { oneLine } from "../printable.ts";

export type Colors = ReturnType<typeof pc.createColors>;

export interface Io {
  /** Prints a line to standard output. */
  out(line: string): void;
  /** Prints a line to standard error. */
  err(line: string): void;
  /** All of standard input; undefined if that is a terminal, where nobody may know that a verb waits. */
  input(): Promise<Uint8Array | undefined>;
  /** Lines of standard input as they come, some at a time; undefined if that is a terminal. */
  lines(): AsyncIterable<readonly string[]> | undefined;
  /** Terminal for the progress line; undefined if standard output is a file or a pipe. */
  readonly terminal: NodeJS.WriteStream | undefined;
  /** Width of the terminal; 80 without a terminal. */
  readonly columns: number;
  readonly colors: Colors;
  /** Calls `listener` on each signal that asks a run to save and end. @returns a function that removes the listener */
  onInterrupt(listener: () => void): () => void;
  /** Ends the process at once. */
  exitNow(code: number): void;
}

/** Prints a warning, on one line. */
export const warn = (io: Io, warning: string): void => io.err(`${io.colors.yellow("warning:")} ${oneLine(warning)}`);

/**
 * Whether text is coloured: on a terminal, unless NO_COLOR is set; elsewhere only where FORCE_COLOR is. A pipe gets none
 * in CI either, where scripts search the text.
 */
export function wantsColors(env: NodeJS.ProcessEnv, { isTTY }: { readonly isTTY?: boolean }): boolean {
  if (env["NO_COLOR"]) return false;
  const forced = env["FORCE_COLOR"];
  if (forced) return forced !== "0" && forced !== "false";
  return isTTY === true && env["TERM"] !== "dumb";
}

/** Colours that leave text unchanged. */
export const plainColors: Colors = pc.createColors(false);
