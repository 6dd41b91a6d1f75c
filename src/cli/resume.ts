/** @file Continuing a run: its own settings, from its record, with what was typed checked against them. */

import { ConfigError } from "../errors.ts";
import { PLACE_KEYS } from "../settings/groups.ts";
import type { Given } from "../settings/settings.ts";
import type { Layer } from "../settings/resolve.ts";
import type { RunRecord } from "../compare/run-record.ts";
import { kebab } from "../settings/settings.ts";

/** Settings that a resumed run may change. Not the threads: they decide the order of sums, and so the last bits. */
const FREE = PLACE_KEYS.filter((key) => key !== "threads");

/**
 * The layers of a resumed run: its record's settings, then those that may change.
 * @throws ConfigError when a given setting differs from the run's
 */
export function resumeLayers({ folder, config }: RunRecord, given: readonly Layer[]): Layer[] {
  for (const { file, values } of given) {
    for (const [key, value] of Object.entries(values)) {
      if (FREE.includes(key) || JSON.stringify(value) === JSON.stringify(config[key])) continue;
      const where = file === undefined ? `--${kebab(key)}` : `${file}: ${key}`;
      throw new ConfigError(
        `${where}: the run in ${folder} has ${show(config[key])}, got ${show(value)}. A resumed run keeps its settings: leave it out, or start a new run with another --out`,
      );
    }
  }
  // The run stopped there once; asked to go on, it goes to its end.
  const recorded: Given = Object.fromEntries(Object.entries(config).filter(([key]) => key !== "maxSteps"));
  return [{ values: recorded, file: `${folder}/run.json` }, ...given, { values: { out: folder } }];
}

const show = (value: unknown): string =>
  value === undefined ? "no value" : typeof value === "string" ? value : JSON.stringify(value);
