/** @file What a verb is: it adds its options to a command, and runs. */

import type { Command } from "commander";
import type { Io } from "./io.ts";

export interface Verb {
  /** Adds description, arguments, options and examples. */
  configure(command: Command): void;
  /**
   * Does the work.
   * @param args the positional arguments, in order
   * @returns the exit code
   * @throws ReweightError for what the user can change
   */
  run(args: readonly unknown[], command: Command, io: Io): Promise<number>;
}

/** The end of a verb's help: examples, each with what it does. */
export function examples(command: Command, lines: readonly (readonly [what: string, line: string])[]): void {
  const text = lines.map(([what, line]) => `  # ${what}\n  ${line}`).join("\n");
  command.addHelpText("after", `\nExamples:\n${text}`);
}
