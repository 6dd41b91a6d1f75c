/**
 * @file Differences of each group from its baseline: the group of the baseline's method under the same conditions,
 * paired by seed. Pure.
 */

import { ConfigError } from "../errors.ts";
import { conditions, keyOf } from "./settings.ts";
import type { RunRecord } from "../train/record/run-record.ts";
import { didYouMean } from "../similar.ts";
import type { Summary } from "../statistics.ts";
import { pairedDifference } from "../statistics.ts";

/** Runs of a group, which differ in their seed alone; never empty. */
type Members = readonly RunRecord[];

/** Method of the baseline by default. */
export const BASELINE = "uniform";

/**
 * Test error after the last epoch minus the baseline's, for each group over common seeds. Null for a group that is a
 * baseline or has none. Undefined if no group has one.
 * @param method method of the baseline, as given with --baseline; by default `uniform`, if a run has it
 * @throws ConfigError if no run has the given method, or if two groups under the same conditions have it
 */
export function differencesToBaseline(groups: readonly Members[], method?: string): (Summary | null)[] | undefined {
  const baselines = baselinesOf(groups, method ?? BASELINE);
  if (method !== undefined && baselines.size === 0) {
    const there = [...new Set(groups.map(methodOf))];
    throw new ConfigError(
      `--baseline: expected a method of these runs (${there.join(", ")}), got ${method}.${didYouMean(method, there)}`,
    );
  }
  const found = groups.map((group) => {
    const baseline = baselines.get(keyOf(conditions(group[0]!)));
    return baseline && baseline !== group ? pairedDifference(errors(group), errors(baseline)) : null;
  });
  return found.some((difference) => difference !== null) ? found : undefined;
}

const methodOf = ([run]: Members): string => String(run!.config["method"]);

const errors = (group: Members) =>
  group.map(({ config, results }) => [config["seed"], results?.testError.last] as const);

/** Groups of the method, by the key of their conditions. */
function baselinesOf(groups: readonly Members[], method: string): Map<string, Members> {
  const baselines = new Map<string, Members>();
  for (const group of groups.filter((one) => methodOf(one) === method)) {
    const key = keyOf(conditions(group[0]!));
    const other = baselines.get(key);
    if (other) {
      throw new ConfigError(
        `--baseline: expected one group of ${method} to compare with, got ${other[0]!.folder} and ${group[0]!.folder}, which differ in its own options. Leave one of them out`,
      );
    }
    baselines.set(key, group);
  }
  return baselines;
}
