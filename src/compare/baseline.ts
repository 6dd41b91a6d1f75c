/**
 * @file Differences of each group from its baseline under the same conditions, paired by seed. The baseline is the group
 * of the given method, or else the strongest of the methods that are baselines. Pure.
 */

import { ConfigError } from "../errors.ts";
import { methods } from "../methods/methods.ts";
import { conditions, keyOf } from "./settings.ts";
import type { RunRecord } from "../train/record/run-record.ts";
import { didYouMean } from "../settings/similar.ts";
import type { Summary } from "../statistics.ts";
import { pairedDifference, summarize } from "../statistics.ts";

/** Runs of a group, which differ in their seed alone; never empty. */
type Members = readonly RunRecord[];

/** Last test error of a group minus that of its baseline. */
export interface Difference {
  /** Method of the baseline. */
  readonly to: string;
  /** Over common seeds. */
  readonly points: Summary;
}

/** Names of the methods that are baselines. */
export const BASELINES: readonly string[] = methods.filter(({ baseline }) => baseline).map(({ name }) => name);

/**
 * The difference of each group; null for a group that is its baseline or has none. Undefined if no group has one.
 * @param method of the baseline, as given with --baseline; by default, each condition has the baseline with the lowest
 * mean of the last test errors, of those with the most seeds
 * @throws ConfigError if no run has the given method, or if two groups under the same conditions have it
 */
export function differencesToBaseline(groups: readonly Members[], method?: string): (Difference | null)[] | undefined {
  const baselines = method === undefined ? strongest(groups) : ofMethod(groups, method);
  const found = groups.map((group) => {
    const baseline = baselines.get(conditionsOf(group));
    const points = baseline && baseline !== group ? pairedDifference(errors(group), errors(baseline)) : null;
    return points && { to: methodOf(baseline!), points };
  });
  return found.some((difference) => difference !== null) ? found : undefined;
}

const methodOf = ([run]: Members): string => String(run!.config["method"]);
const conditionsOf = ([run]: Members): string => keyOf(conditions(run!));

const errors = (group: Members) =>
  group.map(({ config, results }) => [config["seed"], results?.testError.last] as const);

/**
 * The baseline with the lowest mean error, by the key of the conditions. One lucky seed does not beat a mean over more.
 */
function strongest(groups: readonly Members[]): Map<string, Members> {
  const best = new Map<string, { readonly group: Members; readonly n: number; readonly mean: number }>();
  for (const group of groups.filter((one) => BASELINES.includes(methodOf(one)))) {
    const { n = 0, mean = Infinity } = summarize(errors(group).map(([, error]) => error)) ?? {};
    const key = conditionsOf(group);
    const other = best.get(key);
    if (!other || n > other.n || (n === other.n && mean < other.mean)) best.set(key, { group, n, mean });
  }
  return new Map([...best].map(([key, { group }]) => [key, group]));
}

/** Groups of the method, by the key of their conditions. */
function ofMethod(groups: readonly Members[], method: string): Map<string, Members> {
  const found = new Map<string, Members>();
  for (const group of groups.filter((one) => methodOf(one) === method)) {
    const key = conditionsOf(group);
    const other = found.get(key);
    if (other) {
      throw new ConfigError(
        `--baseline: expected one group of ${method} to compare with, got ${other[0]!.folder} and ${group[0]!.folder}, which differ in its own options. Leave one of them out`,
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
