/** @file `reweight demo`: short runs of baselines, the paper's method and ours, under one schedule. */

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { z } from "zod";
import { text } from "../../fields.ts";
import { suspectsPage } from "../../report/suspects-page.ts";
import { suspectsOf } from "../../train/after/suspects.ts";
import type { TrainConfig, TrainInput } from "../../train/config.ts";
import { outputFolder, trainFields, trainSchema } from "../../train/config.ts";
import type { RecordedResults } from "../../train/record/run-record.ts";
import { readRecord } from "../../train/record/run-record.ts";
import { trainInThread } from "../../train/thread.ts";
import { EXIT } from "../errors.ts";
import { BASELINES, strongestOf } from "../../compare/baseline.ts";
import { summarize } from "../../statistics.ts";
import { signedMeanAndStd } from "../show/compare-text.ts";
import { duration, fixed, percent, table } from "../../format.ts";
import { withInterrupt } from "../interrupt.ts";
import type { Io } from "../io.ts";
import { addOptions, givenOptions } from "../options.ts";
import { silentReporter, textReporter } from "../show/reporter.ts";
import { resolve } from "../../settings/resolve.ts";
import { settingsOf } from "../../settings/settings.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

/** Settings of the demo's runs, which take three to five minutes on two cores. */
const DEMO = {
  data: "glyphs",
  noise: "flip2:0.4",
  student: "resnet8",
  epochs: 14,
  valid: 1000,
  trainLimit: 5000,
  testLimit: 2000,
  evalEvery: 2,
} as const satisfies TrainInput;

/**
 * Methods of the demo, in order. The learning rate of `deep`'s teacher is above the default, because the run is short.
 */
const METHODS = {
  uniform: {},
  "trusted-only": {},
  mixed: {},
  deep: { teacherEvery: 10, teacherLr: 0.02 },
  anchored: {},
} as const satisfies Partial<Record<TrainConfig["method"], TrainInput>>;

/** The method whose doubts the demo shows, and how many of them. */
const PICTURED = "anchored";
const SHOWN = 60;

type DemoMethod = keyof typeof METHODS;

export interface DemoRun {
  readonly method: string;
  readonly seed: number;
  readonly folder: string;
  readonly results: RecordedResults;
}

const demoSchema = trainFields.pick({ seed: true, engine: true, threads: true }).extend({
  out: text("Folder of the demo's runs").default("runs"),
});
type DemoSettings = z.output<typeof demoSchema>;

const settings = settingsOf(demoSchema);

export const demo: Verb = {
  configure(command) {
    command
      .description(
        "Draws a small data set, gives 40 % of the labels to wrong classes, and trains five times under the same schedule: with all examples counting alike " +
          "(uniform), with the 1,000 trusted examples alone (trusted-only), with both (mixed), with the paper's teacher (deep), and with both by our method, which learns how " +
          "labels go wrong (anchored). Prints what came of it, whichever is best, and names a page with pictures of the images whose labels look wrong; one seed shows how it works, not how well.",
      )
      .option("--json", "Print one JSON object at the end, and nothing else");
    addOptions(command, settings);
    examples(command, [["Watch it, then look at the runs", 'reweight demo && reweight compare "runs/demo-*"']]);
  },

  async run(_args, command: Command, io: Io) {
    const { json } = command.opts<{ json?: boolean }>();
    const chosen = resolve(demoSchema, [{ values: givenOptions(command, settings) }]);
    const finished: DemoRun[] = [];
    for (const method of Object.keys(METHODS) as DemoMethod[]) {
      const config = demoConfig(method, chosen);
      const results = await runOnce(config, json === true, io);
      if (!results.finished) {
        io.err("Interrupted, and saved. The same command goes on from here.");
        return EXIT.interrupted;
      }
      finished.push({ method, seed: chosen.seed, folder: outputFolder(config), results });
    }
    io.out(json ? JSON.stringify(finished) : demoText(finished, chosen.out));
    const page = await writeSuspects(finished.find(({ method }) => method === PICTURED)!);
    if (!json) io.out(`Pictures of the ${SHOWN} images whose labels ${PICTURED} doubts most: open ${page}`);
    return EXIT.ok;
  },
};

/** Trains a run, resumes an interrupted one, or reads the results of a finished one. */
async function runOnce(config: TrainConfig, silent: boolean, io: Io): Promise<RecordedResults> {
  const folder = outputFolder(config);
  const resume = existsSync(join(folder, "run.json"));
  if (resume) {
    const { results } = readRecord(folder);
    if (results?.finished) {
      io.err(`${folder}: finished before. Delete the folder to train it again`);
      return results;
    }
  }
  const reporter = silent ? silentReporter(io) : textReporter(io);
  if (!silent) io.out(`\n${io.colors.bold(config.method)}`);
  try {
    return (
      await withInterrupt({ ...io, err: reporter.err }, (signal) =>
        trainInThread(config, { ...reporter, resume, signal }),
      )
    ).value;
  } finally {
    reporter.close();
  }
}

/** Settings of one run of the demo. */
function demoConfig(method: DemoMethod, { out, ...chosen }: DemoSettings): TrainConfig {
  return trainSchema.parse({
    ...DEMO,
    ...METHODS[method],
    ...chosen,
    method,
    out: join(out, `demo-${method}-${chosen.seed}`),
  });
}

/** Writes the page with the images that a run doubts most. @returns its path */
async function writeSuspects({ method, folder, results }: DemoRun): Promise<string> {
  const suspects = await suspectsOf(folder, SHOWN);
  const wrong = suspects.images.filter(({ given, right }) => given !== right).length;
  const facts: [string, string][] = [
    ["run", `${folder} (${method})`],
    [
      "what these are",
      `the ${suspects.images.length} training images with the lowest weight; the baseline gives each 1`,
    ],
    [
      "wrong labels among them",
      `${wrong}, or ${percent(wrong / suspects.images.length, 0)}; of all training labels ${percent(results.noiseRate, 0)} are wrong`,
    ],
    [
      "how they were found",
      "from the given labels and a small clean set. The right labels are shown here, but training never saw them",
    ],
  ];
  const path = join(folder, "suspects.html");
  writeFileSync(path, suspectsPage(suspects, "Images whose labels look wrong", facts));
  return path;
}

/** What the strongest baseline is, and how each other method stands against it. */
function againstBaselines(runs: readonly DemoRun[]): string[] {
  const errorOf = ({ results }: DemoRun): number => results.testError.last ?? Infinity;
  const baselines = runs.filter(({ method }) => BASELINES.includes(method));
  const strongest = strongestOf(baselines, (run) => summarize([errorOf(run)]));
  if (!strongest) return [];
  const others = runs.filter((run) => !baselines.includes(run));
  const texts = others.map((run) => `${run.method} ${points(errorOf(run) - errorOf(strongest))}`);
  return [`The strongest baseline is ${strongest.method}. Against it, in points: ${texts.join(", ")}.`];
}

/** A difference of shares in percentage points, with its sign. */
const points = (share: number): string => signedMeanAndStd({ mean: share, std: null, n: 1 }, 2, 100);

/** Final table, and the limits of what it shows. @param out folder of the runs */
export function demoText(runs: readonly DemoRun[], out: string): string {
  const rows = runs.map(({ method, results }) => [
    method,
    percent(results.testError.last),
    percent(results.testError.bestValidation),
    fixed(results.testLoss?.last),
    results.weights.auroc === null ? "" : fixed(results.weights.auroc),
    duration(results.wallSeconds),
  ]);
  const view = table(
    ["method", "test error, last", "test error, best validation", "test loss, last", "AUROC", "time"],
    rows,
  );
  const rate = percent(runs[0]?.results.noiseRate ?? undefined, 1);
  return [
    `\n${view}\n`,
    `${rate} of the training labels were wrong. AUROC: how well low weights point to them (0.5 is chance, 1 is perfect).`,
    ...againstBaselines(runs),
    `One seed: repeat with --seed 2, 3, … and \`reweight compare "${join(out, "demo-*")}"\` before believing a difference.`,
  ].join("\n");
}
