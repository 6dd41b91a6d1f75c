/** @file Each group of a comparison against its baseline: the group of another method under the same conditions, paired seed by seed. Pure. */

import { ConfigError } from "../errors.ts";
import { conditions, keyOf } from "./settings.ts";
import type { RunRecord } from "../train/record/run-record.ts";
import { didYouMean } from "../settings/similar.ts";
import type { Summary } from "../statistics.ts";
import { pairedDifference } from "../statistics.ts";

/** Runs that differ in their seed alone; never empty. */
type Members = readonly RunRecord[];

/** The baseline where nobody names one. */
export const BASELINE = "uniform";

/**
 * Test error after the last epoch minus the baseline's, for each group over the seeds that both have; null for a group that is or has no
 * baseline. Nothing at all when no group has one.
 * @param method the baseline's, as given with --baseline; by default `uniform` where there is one
 * @throws ConfigError when no run has the method that was asked for, or two groups under the same conditions have
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

/** Groups of the method, by their conditions. */
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
