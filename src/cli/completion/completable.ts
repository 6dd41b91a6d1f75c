/**
 * @file What the Tab key may add: verbs, their options and the values of options, read from the commands
 * themselves.
 */

import type { Command } from "commander";
import { choicesOf } from "../options.ts";

export interface CompletableOption {
  /** With its dashes: `--method` */
  readonly name: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** All values that there are; empty where any text will do */
  readonly choices: readonly string[];
}

export interface Completable {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletableOption[];
}

/** The verbs of a program whose commands are all configured. */
export function completables(program: Command): Completable[] {
  const help = program.createHelp();
  return help.visibleCommands(program).map((command) => ({
    name: command.name(),
    summary: command.summary() || command.description(),
    // Hidden options too: they are the negations, which the help shows in one line with what they negate.
    options: [...new Set([...command.options, ...help.visibleOptions(command)])].map((option) => ({
      name: option.long!,
      description: option.description,
      takesValue: option.required || option.optional,
      choices: choicesOf(option),
    })),
  }));
}
