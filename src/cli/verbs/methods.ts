/** @file `reweight methods`: all methods, with their sources, costs and settings. */

import type { Command } from "commander";
import { Help } from "commander";
import { ConfigError } from "../../errors.ts";
import type { Method } from "../../methods/method.ts";
import { settingsReadBy } from "../../methods/method.ts";
import { methods as all } from "../../methods/methods.ts";
import { trainSchema } from "../../train/config.ts";
import { EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { optionsOf, optionTerm } from "../options.ts";
import type { Setting } from "../../settings/settings.ts";
import { settingsOf } from "../../settings/settings.ts";
import { didYouMean } from "../../similar.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

const settings = settingsOf(trainSchema);

export const methods: Verb = {
  configure(command) {
    command
      .description(
        "Lists the values of `reweight train --method`: what each does, where it comes from, what it costs in student steps, and the settings that it " +
          "reads and others do not. Methods that learn also read --metric and the --valid… settings. docs/methods.md tells more.",
      )
      .argument("[name]", "One method alone")
      .option("--json", "Print one JSON array, an object per method");
    examples(command, [
      ["All of them", "reweight methods"],
      ["The settings of one, for a program", "reweight methods deep --json"],
    ]);
  },

  run([name], command: Command, io: Io) {
    const chosen = name === undefined ? all : [methodCalled(name as string)];
    io.out(
      command.opts<{ json?: boolean }>().json
        ? JSON.stringify(chosen.map(methodJson))
        : chosen.map((method) => methodText(method, io)).join("\n\n"),
    );
    return Promise.resolve(EXIT.ok);
  },
};

/** @throws ConfigError for an unknown name */
function methodCalled(name: string): Method {
  const found = all.find((method) => method.name === name);
  if (found) return found;
  const names = all.map((method) => method.name);
  throw new ConfigError(`name: expected one of ${names.join(", ")}; got "${name}".${didYouMean(name, names)}`);
}

/** Settings that the method reads, with its own defaults. */
function settingsOfMethod(method: Method): Setting[] {
  const read = settingsReadBy(method);
  return settings
    .filter(({ key }) => read.includes(key))
    .map((setting) => ({ ...setting, fallback: { [setting.key]: setting.fallback, ...method.defaults }[setting.key] }));
}

/** Method as plain data. A setting has no `default` if the schema has none. */
function methodJson(method: Method) {
  const { name, summary, source, cost } = method;
  const options = settingsOfMethod(method).map(({ name: option, description, expected, fallback }) => ({
    option: `--${option}`,
    description,
    expected,
    default: fallback,
  }));
  return { name, summary, source, cost, options };
}

/** Method as text: the name in bold, then labelled lines, wrapped to the terminal. */
function methodText(method: Method, { colors, columns }: Pick<Io, "colors" | "columns">): string {
  const { name, summary, source, cost } = method;
  const options = settingsOfMethod(method).map((setting): [string, string] => {
    const option = optionsOf(setting)[0]!;
    return [optionTerm(option), option.description];
  });
  const rows: readonly [string, string][] = [["does", summary], ["source", source], ["cost", cost], ...options];
  const help = new Help();
  help.prepareContext({ helpWidth: Math.min(columns, 110) });
  const width = Math.max(...rows.map(([term]) => term.length));
  return [colors.bold(name), ...rows.map(([term, text]) => help.formatItem(term, width, text, help))].join("\n");
}
