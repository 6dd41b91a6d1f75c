/** @file Run folders of an experiment → rows, and what is left out and why. */

import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { RunRecord } from "../src/train/record/run-record.ts";
import { readRecord } from "../src/train/record/run-record.ts";
import type { Settings } from "../src/train/setting-facts.ts";
import { keysWith } from "../src/train/setting-facts.ts";
import { settingsOf } from "../src/settings/settings.ts";
import type { PlannedRun } from "../src/sweeps/expand.ts";
import { expand } from "../src/sweeps/expand.ts";
import { parseSweep } from "../src/sweeps/sweep-file.ts";
import { differences } from "../src/sweeps/state.ts";
import { trainSchema } from "../src/train/config.ts";
import type { Row } from "./row.ts";
import { weightOnWrong } from "./weights.ts";

export interface Collected {
  /** Name of the folder of its runs, and of its CSV file */
  readonly experiment: string;
  /** In the order of the sweep file, seeds last */
  readonly rows: readonly Row[];
  /** Planned runs that are no row */
  readonly left: readonly { readonly name: string; readonly why: string }[];
}

export const MISSING = "missing";

/**
 * Reads the runs of a sweep file.
 * @param roots folders that hold the experiments' folders; the first that has a run finished gives it
 * @param known rows of an earlier collection, by the experiment's name: a run that no root has keeps the row that it has there
 */
export function collect(
  sweepFile: string,
  roots: readonly string[],
  known: (experiment: string) => readonly Row[] = () => [],
): Collected {
  const sweep = parseSweep(readFileSync(sweepFile, "utf8"), sweepFile, settingsOf(trainSchema));
  const experiment = basename(sweep.out);
  // The folder of the labels is the machine's own; any will do for planning.
  const planned = expand(sweep, { cifarnDir: "cifar-n" });
  const count = planned.length / sweep.seeds.length;
  const ordered = planned.map(
    (_, i) => planned[(i % sweep.seeds.length) * count + Math.floor(i / sweep.seeds.length)]!,
  );
  const kept = new Map(known(experiment).map((row) => [keyOf(row), row]));
  const outcomes = ordered.map((run) => {
    const outcome = outcomeOf(run, experiment, roots);
    const missing = "why" in outcome && outcome.why === MISSING;
    return (missing && kept.get(keyOf({ ...run.config, label: labelOf(run) }))) || outcome;
  });
  return {
    experiment,
    rows: outcomes.filter((outcome) => "experiment" in outcome),
    left: outcomes.filter((outcome) => "why" in outcome),
  };
}

const labelOf = ({ labels, name }: PlannedRun): string => labels.at(-1) ?? name;

/** What a row says of the run that it came from. The settings behind a label are not in it. */
type Origin = Pick<Row, "label" | "data" | "student" | "noise" | "method" | "seed">;

const keyOf = ({ label, data, student, noise, method, seed }: Origin): string =>
  [label, data, student, noise, method, seed].join();

function outcomeOf(run: PlannedRun, experiment: string, roots: readonly string[]): Row | { name: string; why: string } {
  let why = MISSING;
  for (const root of roots) {
    const folder = join(root, experiment, run.name);
    if (!existsSync(join(folder, "run.json"))) continue;
    const record = readRecord(folder);
    const other = otherSettings(record, run);
    if (other.length > 0) why = `other settings: ${other.join("; ")}`;
    else if (!record.results?.finished) why = `not finished, ${record.results?.steps ?? 0} steps`;
    else return rowOf(record, run, experiment);
  }
  return { name: run.name, why };
}

/** Settings of the engine may come from a sweep's command line; they say how a run is computed, and its record has them. */
function otherSettings({ config }: RunRecord, planned: PlannedRun): string[] {
  const recorded: Settings = config;
  const how = keysWith(({ role }) => role === "engine").filter((key) => key in recorded);
  return differences(recorded, { ...planned.config, ...Object.fromEntries(how.map((key) => [key, recorded[key]])) });
}

function rowOf({ folder, engine, machine, results }: RunRecord, run: PlannedRun, experiment: string): Row {
  if (!results || results.testError.last === null || results.testError.bestValidation === null || !engine)
    throw new Error(`${folder}/run.json: expected a finished run with test errors and an engine, got none`);
  const { data, student, noise, method, seed } = run.config;
  return {
    experiment,
    label: labelOf(run),
    data,
    student,
    noise,
    method,
    seed,
    steps: results.steps,
    testErrorLast: results.testError.last,
    testErrorBestValidation: results.testError.bestValidation,
    validErrorLast: results.validError?.last ?? null,
    validErrorBest: results.validError?.best ?? null,
    auroc: results.weights.auroc,
    weightOnWrong: weightOnWrong(folder),
    secondsPerStep: results.secondsPerStep,
    secondsPerTeacherUpdate: results.secondsPerTeacherUpdate ?? null,
    wallSeconds: results.wallSeconds,
    engine: engine.name,
    engineVersion: engine.version ?? "",
    precision: engine.precision ?? "float32",
    threads: engine.threads,
    cpu: machine?.cpu ?? "",
  };
}
