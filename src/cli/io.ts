/** @file What a verb may touch of the process: where text goes, and signals. `main.ts` makes the real one, tests make their own. */

import pc from "picocolors";

export type Colors = ReturnType<typeof pc.createColors>;

export interface Io {
  /** Prints a line to standard output. */
  out(line: string): void;
  /** Prints a line to standard error. */
  err(line: string): void;
  /** The terminal to draw a progress line on; undefined when standard output is a file or a pipe. */
  readonly terminal: NodeJS.WriteStream | undefined;
  /** Width of the terminal, 80 when there is none. */
  readonly columns: number;
  readonly colors: Colors;
  /** Calls `listener` on each SIGINT and SIGTERM. Returns what stops it. */
  onInterrupt(listener: () => void): () => void;
  /** Ends the process at once. */
  exitNow(code: number): void;
}

/** Colours that leave text as it is. */
export const plainColors: Colors = pc.createColors(false);
