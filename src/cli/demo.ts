/** @file `reweight demo`: the baseline and the teacher under one schedule, small enough to watch. */

import type { Command } from "commander";
import type { TrainConfig, TrainInput } from "../train/config.ts";
import { outputFolder, trainSchema } from "../train/config.ts";
import type { RunResults } from "../train/events.ts";
import { trainInThread } from "./backend.ts";
import { EXIT } from "./errors.ts";
import { duration, fixed, percent, table } from "./format.ts";
import { withInterrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { addOptions, givenOptions } from "./options.ts";
import { textReporter } from "./reporter.ts";
import { resolve } from "./resolve.ts";
import { settingsOf } from "./settings.ts";
import type { Verb } from "./verb.ts";
import { examples } from "./verb.ts";

/** What the demo trains: about five minutes on two cores. */
export const DEMO = {
  data: "glyphs",
  noise: "flip2:0.4",
  student: "cnn",
  epochs: 10,
  batch: 64,
  valid: 500,
  trainLimit: 4000,
  testLimit: 1000,
  lr: 0.05,
  validBatch: 64,
} as const satisfies TrainInput;

const demoSchema = trainSchema.pick({ seed: true });
const settings = settingsOf(demoSchema);

const METHODS = ["uniform", "deep"] as const;

export const demo: Verb = {
  configure(command) {
    command
      .description(
        "Draws a small data set, gives 40 % of the labels to wrong classes, and trains twice under the same schedule: once with all examples counting alike " +
          "(uniform) and once with the teacher's weights (deep). Prints what came of it, whichever is better; one seed shows how it works, not how well.",
      )
      .option("--json", "Print one JSON object at the end, and nothing else");
    addOptions(command, settings);
    examples(command, [["Watch it, then look at the runs", 'reweight demo && reweight compare "runs/demo-*"']]);
  },

  async run(_args, command: Command, io: Io) {
    const { json } = command.opts<{ json?: boolean }>();
    const { seed } = resolve(demoSchema, [{ values: givenOptions(command, settings) }]);
    const finished: { config: TrainConfig; results: RunResults }[] = [];
    for (const method of METHODS) {
      const config = demoConfig(method, seed);
      const reporter = json ? { onEvent: () => {}, close: () => {} } : textReporter(io);
      if (!json) io.out(io.colors.bold(`\n${method}`));
      try {
        const { value: results, interrupted } = await withInterrupt(io, (signal) =>
          trainInThread(config, { onEvent: reporter.onEvent, signal }),
        );
        if (interrupted) return EXIT.interrupted;
        finished.push({ config, results });
      } finally {
        reporter.close();
      }
    }
    io.out(
      json
        ? JSON.stringify(
            finished.map(({ config, results }) => ({ method: config.method, folder: outputFolder(config), results })),
          )
        : demoText(finished),
    );
    return EXIT.ok;
  },
};

/** The settings of one of the demo's runs. */
export function demoConfig(method: (typeof METHODS)[number], seed: number): TrainConfig {
  return trainSchema.parse({ ...DEMO, method, seed, out: `runs/demo-${method}-${seed}` });
}

/** The table at the end, and what it does not show. */
export function demoText(
  runs: readonly { config: Pick<TrainConfig, "method" | "seed">; results: RunResults }[],
): string {
  const rows = runs.map(({ config, results }) => [
    config.method,
    percent(results.testError.last),
    percent(results.testError.bestValidation),
    fixed(results.weights.auroc),
    duration(results.wallSeconds),
  ]);
  const view = table(["method", "test error, last", "test error, best validation", "AUROC", "time"], rows);
  const rate = percent(runs[0]?.results.noiseRate ?? null, 1);
  return `\n${view}\n\n${rate} of the training labels were wrong. AUROC: how well low weights point to them (0.5 is chance, 1 is perfect).\nOne seed: repeat with --seed 2, 3, … and \`reweight compare "runs/demo-*"\` before believing a difference.`;
}
