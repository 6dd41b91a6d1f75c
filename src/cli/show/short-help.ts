/** @file Help of a verb with many settings: those that most runs need, those of the chosen method, and the rest when asked. */

import type { Command, Option } from "commander";
import { Help } from "commander";
import { settingsReadBy } from "../../methods/method.ts";
import { methods } from "../../methods/methods.ts";
import type { Setting } from "../../settings/settings.ts";
import { keysWith } from "../../train/setting-facts.ts";

const COMMON = keysWith(({ common }) => common === true);

/** Names of the settings that a method reads; none for a name that no method has. */
function readByMethod(name: unknown): readonly string[] {
  const method = methods.find((candidate) => candidate.name === name);
  return method ? settingsReadBy(method) : [];
}

/** Adds `--help-all`, without which the help shows a part of the settings and says so. */
export function shortHelp(command: Command, settings: readonly Setting[]): void {
  const all = (): boolean => command.getOptionValue("helpAll") === true;
  const rest = new Set(settings.map(({ key }) => key).filter((key) => !COMMON.includes(key)));
  const shows = (option: Option, method: readonly string[]): boolean => {
    const key = option.attributeName();
    return all() || !rest.has(key) || method.includes(key);
  };
  command
    .option("--help-all", `Show help on all ${settings.length} settings`)
    .on("option:help-all", () => command.help());
  command.configureHelp({
    ...command.configureHelp(),
    visibleOptions(this: Help, of: Command) {
      const method = readByMethod(command.getOptionValue("method"));
      return Help.prototype.visibleOptions.call(this, of).filter((option) => shows(option, method));
    },
  });
  command.addHelpText("after", () =>
    all()
      ? ""
      : `\nMore settings: --help-all shows all ${settings.length}, --method <name> --help those of a method as well.`,
  );
}
