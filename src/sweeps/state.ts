/**
 * @file State of a planned run by its folder: new, to be resumed, finished, or occupied by a run with other settings.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { firstOf, shortened } from "../printable.ts";
import type { TrainConfig } from "../train/config.ts";
import type { Settings } from "../train/setting-facts.ts";
import { COMPARED_ACROSS, differingKeys } from "../train/setting-facts.ts";
import type { RunRecord } from "../train/record/run-record.ts";
import { readRecord } from "../train/record/run-record.ts";
import type { PlannedRun } from "./expand.ts";

export type PlanState = "new" | "begun" | "done";

/**
 * States of all runs, in their order.
 * @throws ConfigError if folders hold runs with other settings, with their names and differences
 */
export function statesOf(runs: readonly PlannedRun[]): PlanState[] {
  const records = runs.map(({ folder }) => (existsSync(join(folder, "run.json")) ? readRecord(folder) : undefined));
  const foreign = records.flatMap((record, i) => {
    const different = record ? differences(record.config, runs[i]!.config) : [];
    return different.length > 0 ? [`${runs[i]!.folder} (${firstOf(different, 8, "; ")})`] : [];
  });
  if (foreign.length > 0) {
    throw new ConfigError(
      `expected runs of this file in their folders, got runs with other settings. Delete these folders, or choose another out: ${firstOf(foreign, 5)}`,
    );
  }
  return records.map((record, i) => stateOf(record, runs[i]!.config));
}

/** State of one run. A run that stopped early at its `maxSteps` counts as done. */
function stateOf(record: RunRecord | undefined, { maxSteps = Infinity }: TrainConfig): PlanState {
  if (!record) return "new";
  const { results } = record;
  return results && (results.finished || results.steps + (results.rehearsalSteps ?? 0) >= maxSteps) ? "done" : "begun";
}

/** Differences in settings that affect the results: "epochs: 25 there, 60 here". */
export function differences(recorded: Settings, planned: TrainConfig): string[] {
  const here: Settings = planned;
  return (
    differingKeys(recorded, here)
      .filter((key) => !COMPARED_ACROSS.includes(key))
      // The record has the engine that `auto` selected.
      .filter((key) => !(key === "engine" && planned.engine === "auto"))
      .map((key) => `${key}: ${show(recorded[key])} there, ${show(here[key])} here`)
  );
}

const show = (value: unknown): string =>
  value === undefined ? "none" : shortened(JSON.stringify(value).replaceAll('"', ""));
