/**
 * @file Differences of each group from its baseline under the same conditions, paired by seed. The baseline is the group
 * of the given method, or else the strongest of the methods that are baselines. Pure.
 */

import { ConfigError } from "../errors.ts";
import { methods } from "../methods/methods.ts";
import { conditions, differing, essence, keyOf } from "./settings.ts";
import type { RunRecord } from "../train/record/run-record.ts";
import { didYouMean } from "../similar.ts";
import type { Summary } from "../statistics.ts";
import { pairedDifference, summarize } from "../statistics.ts";

/** Runs of a group, which differ in their seed alone; never empty. */
type Members = readonly RunRecord[];

/** Last test error of a group minus that of its baseline; of BLEU over 100, where all runs have one. */
export interface Difference {
  /** Method of the baseline. */
  readonly to: string;
  /** Over common seeds. */
  readonly points: Summary;
}

/** Names of the methods that are baselines. */
export const BASELINES: readonly string[] = methods.filter(({ baseline }) => baseline).map(({ name }) => name);

/** The one with the lowest mean error, of those with the most seeds: one lucky seed does not beat a mean over more. */
export function strongestOf<T>(candidates: readonly T[], errorOf: (candidate: T) => Summary | null): T | undefined {
  const measured = candidates.map((candidate) => {
    const { n = 0, mean = Infinity } = errorOf(candidate) ?? {};
    return { candidate, n, mean };
  });
  return measured.sort((a, b) => b.n - a.n || a.mean - b.mean)[0]?.candidate;
}

/**
 * The difference of each group; null for a group that is its baseline or has none.
 * @param method of the baseline, as given with --baseline; by default, each condition has the strongest of the methods
 * that are baselines
 * @throws ConfigError if no run has the given method, or if two groups under the same conditions have it
 */
export function differencesToBaseline(groups: readonly Members[], method?: string): (Difference | null)[] {
  const measure = measureOf(groups.flat());
  const baselines = method === undefined ? strongest(groups, measure) : ofMethod(groups, method);
  return groups.map((group) => {
    const baseline = baselines.get(conditionsOf(group));
    const points =
      baseline && baseline !== group ? pairedDifference(scores(group, measure), scores(baseline, measure)) : null;
    return points && { to: methodOf(baseline!), points };
  });
}

const methodOf = ([run]: Members): string => String(run!.config["method"]);
const conditionsOf = ([run]: Members): string => keyOf(conditions(run!));

/** What differences are taken of. */
interface Measure {
  readonly of: (run: RunRecord) => number | null | undefined;
  /** 1 where less is better, −1 where more is. */
  readonly worse: 1 | -1;
}

const ERROR: Measure = { of: ({ results }) => results?.testError.last, worse: 1 };
const BLEU: Measure = {
  of: ({ results }) => (typeof results?.bleu?.last === "number" ? results.bleu.last / 100 : undefined),
  worse: -1,
};

const measureOf = (runs: Members): Measure =>
  runs.every(({ results }) => !results || results.bleu) && runs.some(({ results }) => results?.bleu) ? BLEU : ERROR;

const scores = (group: Members, { of }: Measure) => group.map((run) => [run.config["seed"], of(run)] as const);

/** The strongest baseline, by the key of the conditions. */
function strongest(groups: readonly Members[], measure: Measure): Map<string, Members> {
  const baselines = groups.filter((group) => BASELINES.includes(methodOf(group)));
  const errorOf = (group: Members): Summary | null =>
    summarize(scores(group, measure).map(([, score]) => (typeof score === "number" ? measure.worse * score : score)));
  const strongestUnder = (key: string): Members =>
    strongestOf(
      baselines.filter((group) => conditionsOf(group) === key),
      errorOf,
    )!;
  return new Map(baselines.map(conditionsOf).map((key) => [key, strongestUnder(key)]));
}

/** Groups of the method, by the key of their conditions. */
function ofMethod(groups: readonly Members[], method: string): Map<string, Members> {
  const found = new Map<string, Members>();
  for (const group of groups.filter((one) => methodOf(one) === method)) {
    const key = conditionsOf(group);
    const other = found.get(key);
    if (other) {
      throw new ConfigError(
        `--baseline: expected one group of ${method} to compare with, got ${other[0]!.folder} and ${group[0]!.folder}, which differ in ${ownDifferences(other, group)}. Leave one of them out`,
      );
    }
    found.set(key, group);
  }
  if (found.size === 0) {
    const there = [...new Set(groups.map(methodOf))];
    throw new ConfigError(
      `--baseline: expected a method of these runs (${there.join(", ")}), got ${method}.${didYouMean(method, there)}`,
    );
  }
  return found;
}

/** "trustedCopies (5 | 10)": options of one method in which two groups differ. */
function ownDifferences(some: Members, others: Members): string {
  const [here, there] = [essence(some[0]!), essence(others[0]!)];
  return differing([here, there])
    .map((key) => `${key} (${String(here[key])} | ${String(there[key])})`)
    .join(", ");
}
