/**
 * @file `reweight completion`: a script that teaches a shell the verbs, their options and the values of
 * options.
 */

import type { Command } from "commander";
import { ConfigError } from "../../errors.ts";
import { didYouMean } from "../../similar.ts";
import type { Completable } from "../completion/completable.ts";
import { completables } from "../completion/completable.ts";
import { bash, fish, zsh } from "../completion/scripts.ts";
import { EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

const SHELLS: Readonly<Record<string, (verbs: readonly Completable[]) => string>> = { bash, zsh, fish };

export const completion: Verb = {
  configure(command) {
    command
      .description(
        "Prints a script with which the Tab key completes verbs, options and the values of options. It is made from the options of this version, so let " +
          "the shell make it again at each start.",
      )
      .argument("<shell>", Object.keys(SHELLS).join(", "));
    examples(command, [
      ["bash: a line for ~/.bashrc", 'eval "$(reweight completion bash)"'],
      ["zsh: a line for ~/.zshrc, below compinit", 'eval "$(reweight completion zsh)"'],
      ["fish: a line for ~/.config/fish/config.fish", "reweight completion fish | source"],
      ["In a project that has reweight in node_modules", 'eval "$(npx reweight completion bash)"'],
    ]);
  },

  run([shell], command: Command, io: Io) {
    const names = Object.keys(SHELLS);
    const script = names.includes(String(shell)) ? SHELLS[String(shell)] : undefined;
    if (script === undefined)
      throw new ConfigError(
        `shell: expected one of ${names.join(", ")}; got "${String(shell)}".${didYouMean(String(shell), names)}`,
      );
    io.out(script(completables(command.parent!)));
    return Promise.resolve(EXIT.ok);
  },
};
