/** @file `reweight sweep`: trains all unfinished runs of a sweep file, and compares its runs. */

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { Option } from "commander";
import { ConfigError } from "../../errors.ts";
import { trainFields, trainSchema } from "../../train/config.ts";
import type { RunResults } from "../../train/events.ts";
import { compareRuns } from "../../compare/groups.ts";
import { comparisonTable } from "../show/compare-text.ts";
import { readText } from "../../settings/config-file.ts";
import { EXIT } from "../errors.ts";
import { shown } from "../../printable.ts";
import { counted, percent, table } from "../../format.ts";
import { groupOf } from "../../train/setting-facts.ts";
import { withInterrupt } from "../interrupt.ts";
import { expandHome } from "../../home.ts";
import type { Io } from "../io.ts";
import { warn } from "../io.ts";
import { addOptions, givenOptions } from "../options.ts";
import { lockFolder } from "../../folder-lock.ts";
import { makeFolders } from "../../train/record/run-folder.ts";
import { readRecord } from "../../train/record/run-record.ts";
import { settingsOf } from "../../settings/settings.ts";
import type { SweepDisplay } from "../show/sweep-display.ts";
import { sweepDisplay } from "../show/sweep-display.ts";
import type { PlannedRun } from "../../sweeps/expand.ts";
import { expandWithData, only, varied } from "../../sweeps/expand.ts";
import { parseSweep } from "../../sweeps/sweep-file.ts";
import { inParallel, startChild, trainArguments } from "../../sweeps/jobs.ts";
import { waitForRun } from "../../sweeps/wait.ts";
import type { PlanState } from "../../sweeps/state.ts";
import { statesOf } from "../../sweeps/state.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

/** Settings that may be typed: folders and engine. Settings that affect the results must be in the file. */
const typedSchema = trainFields.pick({
  dataDir: true,
  cifarnDir: true,
  download: true,
  engine: true,
  device: true,
  precision: true,
  deterministic: true,
  threads: true,
  checkpointEvery: true,
  maxSteps: true,
});
const typedSettings = settingsOf(typedSchema);

interface Flags {
  readonly jobs?: number;
  readonly only?: string;
  readonly out?: string;
  readonly dryRun?: boolean;
}

export const sweep: Verb = {
  configure(command) {
    command
      .description(
        "Trains the runs that a YAML file lists: every combination of its grid with every seed, a folder each. Runs that are done are left alone and runs " +
          "that were stopped go on, so the same command can be given again after Ctrl-C, a crash or a power cut. Prints the comparison at the end.",
      )
      .argument("<file>", "the sweep file; experiments/ has one for each table of the paper")
      .addOption(
        new Option("--jobs <n>", "Runs at a time, each a process with its share of the cores (default 1)").argParser(
          wholeNumber,
        ),
      )
      .option("--only <pattern>", 'Only the runs of this name, or that fit a pattern such as "*-deep-*"')
      .option("--out <folder>", "Folder of the run folders, in place of the file's")
      .option("--dry-run", "List the runs and what is done, and stop");
    addOptions(command, typedSettings, groupOf);
    examples(command, [
      ["See what a table takes", "reweight sweep experiments/small/table6.yaml --dry-run"],
      ["Train it", "reweight sweep experiments/small/table6.yaml --data-dir data --download"],
      ["One seed of it first", 'reweight sweep experiments/small/table6.yaml --data-dir data --only "*-seed1"'],
    ]);
  },

  async run([file], command: Command, io: Io) {
    const flags = command.opts<Flags>();
    const parsed = parseSweep(readText(file as string, ""), file as string, settingsOf(trainSchema));
    const plan = { ...parsed, out: flags.out === undefined ? parsed.out : expandHome(flags.out) };
    const all = await expandWithData(plan, givenOptions(command, typedSettings));
    const runs = flags.only === undefined ? all : only(all, flags.only);
    const states = statesOf(runs);
    if (flags.dryRun) {
      io.out(planText(runs, states));
      return EXIT.ok;
    }
    const tasks = runs.filter((_, i) => states[i] !== "done");
    const { failed, interrupted } = await trainAll(tasks, plan.out, flags.jobs ?? 1, io);
    showComparison(runs, io);
    if (interrupted) io.err("Interrupted, and saved. The same command goes on from here.");
    for (const name of failed) io.err(`failed: ${name}`);
    return interrupted ? EXIT.interrupted : failed.length > 0 ? EXIT.failed : EXIT.ok;
  },
};

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new ConfigError(`--jobs: expected an integer from 1 to 9999, got ${shown(text)}`);
}

const WORDS: Readonly<Record<PlanState, string>> = { new: "to do", begun: "to go on", done: "done" };

/** Output of a dry run: a list of the runs. */
export function planText(runs: readonly PlannedRun[], states: readonly PlanState[]): string {
  const done = states.filter((state) => state === "done").length;
  const rows = runs.map(({ name, folder }, i) => [name, WORDS[states[i]!], folder]);
  return `${table(["run", "state", "folder"], rows)}\n${counted(runs.length, "run")}, ${done} done`;
}

async function trainAll(
  tasks: readonly PlannedRun[],
  out: string,
  jobs: number,
  io: Io,
): Promise<{ failed: string[]; interrupted: boolean }> {
  if (tasks.length === 0) return { failed: [], interrupted: false };
  const threads = Math.max(1, Math.floor(availableParallelism() / jobs));
  makeFolders(out);
  const lock = await lockFolder(out, SWEEP_LOCK, "sweep");
  if (lock.tookOverFrom !== undefined) io.err(`Took over ${out} from process ${lock.tookOverFrom}, which was killed.`);
  const display = sweepDisplay(io, tasks.length);
  try {
    const failed: string[] = [];
    const { interrupted } = await withInterrupt(io, (signal) =>
      inParallel(tasks, jobs, signal, async (run) => {
        if (!(await trainOne(run, threads, { display, signal, io }))) failed.push(run.name);
      }),
    );
    return { failed, interrupted };
  } finally {
    display.close();
    lock.release();
  }
}

interface Surroundings {
  readonly display: SweepDisplay;
  readonly signal: AbortSignal;
  readonly io: Io;
}

/** Name of the lock of a sweep's folder. */
const SWEEP_LOCK = "sweep.lock";

/** Main file of the command line. Each run is a process of it. */
const PROGRAM = fileURLToPath(new URL("../main.js", import.meta.url));

/** Exits of a child that was asked to stop: after saving, or by the signal itself, before it handled signals. */
const STOPPED: readonly (number | string)[] = [EXIT.interrupted, "SIGINT", "SIGTERM"];

/** Trains a run to its end, or until the signal. @returns false if it failed for another reason */
async function trainOne(run: PlannedRun, threads: number, around: Surroundings): Promise<boolean> {
  const { display, signal, io } = around;
  display.started(run.name);
  await waitForRun(run.folder, signal, (line) => io.err(line));
  // A run of a killed sweep may have begun or ended since the sweep looked.
  const state = statesOf([run])[0]!;
  let outcome = "";
  const child = startChild(PROGRAM, trainArguments(run, state, threads), (event) => {
    if (event.type === "done") outcome = outcomeText(event.results);
    display.event(run.name, event);
  });
  const stop = (): void => child.stop();
  signal.addEventListener("abort", stop, { once: true });
  const { code, errors } = await child.ended;
  signal.removeEventListener("abort", stop);
  if (code === EXIT.ok) display.ended(run.name, outcome);
  else if (signal.aborted && STOPPED.includes(code)) display.ended(run.name, "stopped");
  else {
    display.ended(run.name, `${io.colors.red(`failed (${code})`)}\n${errors}`);
    return false;
  }
  return true;
}

const outcomeText = ({ testError, validError }: RunResults): string =>
  testError.last === null
    ? `validation error, last ${percent(validError.last)}`
    : `test error, last ${percent(testError.last)}`;

/** Prints the comparison of `reweight compare` for the runs that have a record. */
function showComparison(runs: readonly PlannedRun[], io: Io): void {
  const begun = statesOf(runs).flatMap((state, i) => (state === "new" ? [] : [runs[i]!]));
  if (begun.length === 0) return;
  const records = begun.map(({ folder }) => readRecord(folder));
  const comparison = compareRuns(records, { meant: varied(runs) });
  io.out(`\n${comparisonTable(comparison)}`);
  for (const warning of comparison.warnings) warn(io, warning);
}
