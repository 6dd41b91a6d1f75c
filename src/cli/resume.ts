/** @file Settings of a resumed run: those in its record, with the typed ones checked against them. */

import { ConfigError } from "../errors.ts";
import type { Settings } from "../train/setting-facts.ts";
import { areSame, isMoved, mayChange } from "../train/setting-facts.ts";
import type { Given } from "../settings/settings.ts";
import type { Layer } from "../settings/resolve.ts";
import type { RunRecord } from "../train/record/run-record.ts";
import { kebab } from "../settings/settings.ts";

/**
 * Layers of a resumed run: the settings in its record, then those that may change: places, and `epochs` to more.
 * @throws ConfigError if a given setting differs from the run's
 */
export function resumeLayers({ folder, config }: RunRecord, given: readonly Layer[]): Layer[] {
  const recorded = (key: string): unknown => (config as Settings)[key];
  const takes = (key: string, value: unknown): boolean =>
    mayChange(key) || isMoved(key, value, recorded(key)) || lengthens(key, value, config.epochs);
  for (const { file, values } of given) {
    for (const [key, value] of Object.entries(values)) {
      if (takes(key, value) || areSame(key, value, recorded(key))) continue;
      const where = file === undefined ? `--${kebab(key)}` : `${file}: ${key}`;
      throw new ConfigError(
        `${where}: the run in ${folder} has ${show(recorded(key))}, got ${show(value)}. A resumed run keeps its settings: leave it out, or start a new run with another --out`,
      );
    }
  }
  // maxSteps is dropped: the run has stopped there once, and a resumed run goes to its end.
  const own: Given = Object.fromEntries(Object.entries(config).filter(([key]) => key !== "maxSteps"));
  const changes = given.map(({ values, ...layer }) => ({
    ...layer,
    values: Object.fromEntries(Object.entries(values).filter(([key, value]) => takes(key, value))),
  }));
  return [{ values: own, file: `${folder}/run.json`, recorded: true }, ...changes, { values: { out: folder } }];
}

const lengthens = (key: string, value: unknown, epochs: number): boolean =>
  key === "epochs" && typeof value === "number" && value > epochs;

const show = (value: unknown): string =>
  value === undefined ? "no value" : typeof value === "string" ? value : JSON.stringify(value);
