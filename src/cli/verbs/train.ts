/** @file `reweight train`: one run, with settings from files and the command line, live progress and a summary. */

import type { Command } from "commander";
import type { TrainConfig } from "../../train/config.ts";
import { outputFolder, trainSchema } from "../../train/config.ts";
import { ConfigError } from "../../errors.ts";
import type { RunResults, TrainHooks } from "../../train/events.ts";
import { trainInThread } from "../../train/thread.ts";
import { unread } from "../../compare/settings.ts";
import { checkConfig } from "../../settings/check-config.ts";
import { expandHome } from "../../home.ts";
import { printConfig, readConfig } from "../../settings/config-file.ts";
import { estimateText } from "../show/estimate-text.ts";
import { EXIT } from "../errors.ts";
import { groupOf } from "../../train/setting-facts.ts";
import { withInterrupt } from "../interrupt.ts";
import type { Io } from "../io.ts";
import { warn } from "../io.ts";
import { addOptions, givenOptions } from "../options.ts";
import { stepsText, summaryText } from "../show/outcome-text.ts";
import { jsonReporter, textReporter } from "../show/reporter.ts";
import { shortHelp } from "../show/short-help.ts";
import type { Layer } from "../../settings/resolve.ts";
import { resolve } from "../../settings/resolve.ts";
import { resumeLayers } from "../resume.ts";
import { readRecord } from "../../train/record/run-record.ts";
import { withSource } from "../../settings/source-settings.ts";
import { settingsOf } from "../../settings/settings.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

const settings = settingsOf(trainSchema);

interface Flags {
  readonly config?: readonly string[];
  readonly resume?: string | true;
  readonly overwrite?: boolean;
  readonly printConfig?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const train: Verb = {
  configure(command) {
    command.description(
      "Trains a student on labels of which some are wrong, by a method that weighs its examples. Everything about the run lies in one folder: " +
        "settings, measurements, weights, checkpoints. The baselines to compare with are the same command with --method mixed, trusted-only and uniform.",
    );
    addOptions(command, settings, groupOf);
    command
      .option(
        "--config <file>",
        "Read settings from a YAML or JSON file, or from a run.json; may be repeated, the last one wins; options here win over files",
        (file: string, files: string[] = []) => [...files, file],
      )
      .option("--print-config", "Print the settings that result, as a config file, and stop")
      .option("--resume [folder]", "Continue the run in this folder, or in --out, from its checkpoint")
      .option("--overwrite", "Replace the run in --out; other files there stay")
      .option("--dry-run", "Say what would be trained, in how much memory and time, and stop")
      .option("--json", "Print each event as one JSON object a line, and nothing else");
    shortHelp(command, settings);
    examples(command, [
      ["The paper's noisy CIFAR-10 setting", "reweight train --data cifar10 --data-dir data --noise flip2:0.4"],
      ["With the paper's teacher", "reweight train --data cifar10 --data-dir data --noise flip2:0.4 --method deep"],
      ["A baseline", "reweight train --data cifar10 --data-dir data --noise flip2:0.4 --method mixed"],
      [
        "Keep the settings in a file, change one",
        "reweight train --print-config > glyphs.yaml && reweight train --config glyphs.yaml --seed 2",
      ],
      ["Go on after Ctrl-C", "reweight train --resume runs/glyphs-resnet32-none-anchored-1"],
    ]);
  },

  async run(_args, command: Command, io: Io) {
    const flags = command.opts<Flags>();
    const files = (flags.config ?? []).map((file) => readConfig(file, settings));
    const given: Layer[] = [...files, { values: givenOptions(command, settings) }];
    const config = await runConfig(given, flags.resume);
    if (flags.printConfig) {
      io.out(printConfig(config, settings));
      return EXIT.ok;
    }
    if (flags.dryRun) {
      if (!flags.json) io.err("Measuring: a few steps are done and thrown away, which takes seconds …");
      const { estimate } = await import("../../train/trial/estimate.ts");
      const result = await estimate(config, { resume: flags.resume !== undefined });
      io.out(flags.json ? JSON.stringify(result) : estimateText(config, result));
      return EXIT.ok;
    }
    if (!flags.json) warnOfUnread(io, config, givenOptions(command, settings));
    const hooks = { resume: flags.resume !== undefined, overwrite: flags.overwrite === true };
    if (hooks.resume && hooks.overwrite) {
      throw new ConfigError("--overwrite: expected it without --resume, which continues the run, got both");
    }
    return runTraining(config, hooks, flags.json === true, io);
  },
};

/** @throws ConfigError that names the wrong setting; DataError for what is wrong at the path of --data */
async function runConfig(given: readonly Layer[], resume: string | true | undefined): Promise<TrainConfig> {
  const complete = async (): Promise<TrainConfig> => resolve(trainSchema, await withSource(given));
  const folder = resume === true ? outputFolder(await complete()) : resume && expandHome(resume);
  const config =
    folder === undefined ? await complete() : resolve(trainSchema, resumeLayers(readRecord(folder), given));
  checkConfig(config);
  return config;
}

/** Tells of options of the command line that change nothing; a config file may serve several methods. */
function warnOfUnread(io: Io, config: TrainConfig, given: Readonly<Record<string, unknown>>): void {
  const idle = unread(config).filter((key) => key in given);
  if (idle.length === 0) return;
  const names = settings.filter(({ key }) => idle.includes(key)).map(({ name }) => `--${name}`);
  warn(
    io,
    `${names.join(", ")}: no effect under these settings; \`reweight methods ${config.method}\` lists what the method reads`,
  );
}

/** Trains and shows the progress. @returns the exit code */
async function runTraining(
  config: TrainConfig,
  hooks: Pick<TrainHooks, "resume" | "overwrite">,
  json: boolean,
  io: Io,
): Promise<number> {
  if (config.valid === 0 && !json) {
    const none = config.inputs === undefined ? "--valid 0: there are no validation" : "there are no trusted";
    warn(io, `${none} examples, so the last student counts as the best`);
  }
  const reporter = json ? jsonReporter(io) : textReporter(io);
  const folder = outputFolder(config);
  try {
    const { value: results, interrupted } = await withInterrupt({ ...io, err: reporter.err }, (signal) =>
      trainInThread(config, { ...hooks, ...reporter, signal }),
    );
    reporter.close();
    if (!json) io.out(summaryText(folder, results));
    if (results.finished) return EXIT.ok;
    io.err(unfinishedText(folder, results, interrupted));
    return interrupted ? EXIT.interrupted : EXIT.ok;
  } finally {
    reporter.close();
  }
}

function unfinishedText(folder: string, results: RunResults, interrupted: boolean): string {
  const path = /[^\w./-]/.test(folder) ? JSON.stringify(folder) : folder;
  return `${interrupted ? "Interrupted" : "Stopped as asked"} after ${stepsText(results)}, and saved. Continue with: reweight train --resume ${path}`;
}
