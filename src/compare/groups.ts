/**
 * @file Comparison of run records: groups of runs that differ in their seeds alone, with means, spreads and warnings
 * about unfair comparisons. Pure.
 */

import type { Difference } from "./baseline.ts";
import { differencesToBaseline } from "./baseline.ts";
import { methods } from "../methods/methods.ts";
import { idleTeacherText } from "../train/schedule.ts";
import type { Settings } from "../train/setting-facts.ts";
import { keysWith } from "../train/setting-facts.ts";
import { differing, essence, keyOf, TRUSTED_KEYS } from "./settings.ts";
import type { RunRecord } from "../train/record/run-record.ts";
import type { Summary } from "../statistics.ts";
import { summarize } from "../statistics.ts";

export interface Group {
  readonly method: string;
  /** Settings other than method and seed in which the groups differ */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seeds: readonly number[];
  readonly folders: readonly string[];
  /** Shares in [0, 1] */
  readonly testErrorLast: Summary | null;
  readonly testErrorBestValidation: Summary | null;
  /** Of translated test pairs, in points; larger is better. Null where nothing is translated. */
  readonly bleuLast: Summary | null;
  readonly bleuBestValidation: Summary | null;
  /**
   * Last test error minus the baseline's under the same conditions, over common seeds; n may be smaller than in the
   * groups. Where all runs have a BLEU, that of the last student instead, over 100
   */
  readonly difference: Summary | null;
  /** Method of this baseline */
  readonly baseline: string | null;
  /** Of wrong labels, by the mean weight and by the student's loss at the end. */
  readonly auroc: Summary | null;
  readonly aurocLoss: Summary | null;
  readonly secondsPerStep: Summary | null;
}

export interface Comparison {
  readonly groups: readonly Group[];
  /** Names of the settings in which the groups differ, other than method and seed */
  readonly varying: readonly string[];
  /** Methods that the differences refer to, one for each condition; none if no group has a baseline */
  readonly baselines: readonly string[];
  readonly warnings: readonly string[];
}

export interface CompareOptions {
  /** Settings that vary on purpose, as in a sweep, and so cause no warning */
  readonly meant?: readonly string[];
  /** Method of the baseline; by default the strongest of those that are baselines, under each condition */
  readonly baseline?: string | undefined;
}

/**
 * Compares runs; groups come in the order of their first run.
 * @throws ConfigError if no run has the given baseline, or if it is ambiguous
 */
export function compareRuns(runs: readonly RunRecord[], { meant = [], baseline }: CompareOptions = {}): Comparison {
  const members = groupBy(runs, (run) => keyOf(essence(run)));
  const varying = differing(members.map(([run]) => essence(run!)));
  const differences = differencesToBaseline(members, baseline);
  const groups = members.map((group, i) => summarizeGroup(group, varying, differences[i]!));
  const odd = varying.filter((name) => ![...meant, ...TRUSTED_KEYS].includes(name));
  return {
    groups,
    varying,
    baselines: [...new Set(groups.flatMap((group) => group.baseline ?? []))],
    warnings: [...unfair(groups, odd), ...mixed(runs, varying), ...doubtful(runs)],
  };
}

/** Groups items by equal keys, in order of appearance. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => unknown): T[][] {
  const groups = new Map<unknown, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}

function summarizeGroup(runs: readonly RunRecord[], varying: readonly string[], difference: Difference | null): Group {
  const settings: Settings = essence(runs[0]!);
  return {
    method: String(settings["method"]),
    settings: Object.fromEntries(varying.filter((name) => name in settings).map((name) => [name, settings[name]])),
    seeds: runs.map(({ config }) => Number(config["seed"])),
    folders: runs.map(({ folder }) => folder),
    testErrorLast: summarize(runs.map(({ results }) => results?.testError.last)),
    testErrorBestValidation: summarize(runs.map(bestByValidation)),
    bleuLast: summarize(runs.map(({ results }) => results?.bleu?.last)),
    bleuBestValidation: summarize(runs.map(({ results }) => results?.bleu?.bestValidation)),
    difference: difference && difference.points,
    baseline: difference && difference.to,
    auroc: summarize(runs.map(({ results }) => results?.weights.auroc)),
    aurocLoss: summarize(runs.map(({ results }) => results?.losses?.auroc)),
    secondsPerStep: summarize(runs.map(({ results }) => results?.secondsPerStep)),
  };
}

/** Test error of the student that validation chose; none for a run that had nothing to choose by. */
const bestByValidation = ({ config, results }: RunRecord): number | null | undefined =>
  validates(config) ? results?.testError.bestValidation : null;

/** Whether examples stay apart for validation. */
const validates = ({ valid, trainOnTrusted = 0 }: RunRecord["config"]): boolean => valid !== 0 && trainOnTrusted !== 1;

/** Warnings about differences between groups that make their comparison unfair. */
function unfair(groups: readonly Group[], varying: readonly string[]): string[] {
  const warnings: string[] = [];
  if (varying.length > 0) {
    const values = (name: string): string =>
      [...new Set(groups.map(({ settings }) => (name in settings ? String(settings[name]) : "unset")))].join(" | ");
    warnings.push(
      `the runs differ in more than method and seed: ${varying.map((name) => `${name} (${values(name)})`).join(", ")}`,
    );
  }
  const seeds = (group: Group): string => [...group.seeds].sort((a, b) => a - b).join(", ");
  if (new Set(groups.map(seeds)).size > 1) {
    warnings.push(
      `the groups have different seeds: ${groups.map((group) => `${group.method} ${seeds(group)}`).join("; ")}`,
    );
  }
  for (const group of groups) {
    const twice = group.seeds.filter((seed, i) => group.seeds.indexOf(seed) !== i);
    if (twice.length > 0)
      warnings.push(`${group.method}: seed ${twice.join(", ")} is there more than once; n counts it again`);
  }
  return warnings;
}

/** Warnings about runs of one seed with different examples or labels, or with times that are not comparable. */
function mixed(runs: readonly RunRecord[], varying: readonly string[]): string[] {
  const warnings: string[] = [];
  for (const kind of ["dataset", "split", "noise"] as const) {
    if (keysWith(({ hashes }) => hashes?.includes(kind) ?? false).some((name) => varying.includes(name))) continue;
    for (const same of groupBy(
      runs.filter(({ hashes }) => hashes),
      ({ config }) => config["seed"],
    )) {
      const first = new Map(same.map((run) => [run.hashes![kind], run.folder]));
      if (first.size > 1)
        warnings.push(
          `seed ${String(same[0]!.config["seed"])}: the ${kind} hashes differ: ${[...first.values()].join(", ")}`,
        );
    }
  }
  const engines = new Set(runs.map(({ engine }) => `${engine?.name ?? "?"} with ${engine?.threads ?? "?"} threads`));
  if (engines.size > 1)
    warnings.push(`seconds per step come from different engines or thread counts: ${[...engines].join(" | ")}`);
  return warnings;
}

/** Warnings about runs without final results. */
function doubtful(runs: readonly RunRecord[]): string[] {
  return runs.flatMap((run) => {
    const { folder, results, config } = run;
    if (run.diverged) return [`${folder}: diverged after ${run.diverged.step} steps: ${run.diverged.message}`];
    if (!results) return [`${folder}: has no results yet`];
    if (!results.finished) return [`${folder}: not finished, stopped after ${results.steps} steps`];
    const longer = run.lengthened?.at(-1);
    if (longer) return [`${folder}: went on from ${longer.from} epochs to ${config.epochs}, with the schedule of each`];
    return isIdle(run) ? [`${folder}: ${idleTeacherText(config.teacherEvery, results.steps)}`] : [];
  });
}

/** Whether a method that learns by updates made none. Records of 0.1.0 do not count them. */
function isIdle({ config, results }: RunRecord): boolean {
  const method = methods.find(({ name }) => name === config.method);
  if (!results || !method?.options.includes("teacherEvery") || config.freezeTeacher) return false;
  return results.teacherUpdates === undefined ? results.steps < config.teacherEvery : results.teacherUpdates === 0;
}
