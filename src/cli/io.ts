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

/** Colours that leave text unchanged. */
export const plainColors: Colors = pc.createColors(false);
