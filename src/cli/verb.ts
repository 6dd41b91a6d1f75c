/** @file Interface of a verb: it configures a command with its options, and runs. */

import type { Command } from "commander";
import type { Io } from "./io.ts";

export interface Verb {
  /** Adds description, arguments, options and examples. */
  configure(command: Command): void;
  /**
   * Runs the verb.
   * @param args the positional arguments, in order
   * @returns the exit code
   * @throws ReweightError for problems that the user can solve
   */
  run(args: readonly unknown[], command: Command, io: Io): Promise<number>;
}

/** Adds examples with descriptions at the end of a verb's help. */
export function examples(command: Command, lines: readonly (readonly [what: string, line: string])[]): void {
  const text = lines.map(([what, line]) => `  # ${what}\n  ${line}`).join("\n");
  command.addHelpText("after", `\nExamples:\n${text}`);
}
