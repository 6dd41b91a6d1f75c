/** @file Settings that a path gives a run: the path is read before the other settings are completed. */

import type { z } from "zod";
import { isPath } from "../data/own/open-source.ts";
import { isSet } from "../tasks/kinds.ts";
import type { FoundSettings } from "../tasks/own/suits.ts";
import { settingsFrom } from "../tasks/own/suits.ts";
import { trainFields } from "../train/config.ts";
import type { Layer } from "./resolve.ts";
import { resolve } from "./resolve.ts";

/** Settings that say how a path is read. */
export const sourceFields = trainFields.pick({
  data: true,
  inputs: true,
  format: true,
  columns: true,
  featureColumns: true,
  labels: true,
  root: true,
  classes: true,
  trusted: true,
  testShare: true,
});

/**
 * Layers with what the path of `data` gives before them; the same ones where `data` is no path, or was read before.
 * @throws ConfigError for wrong settings of the path, DataError for what is wrong with what lies there
 */
export type WithSource = (layers: readonly Layer[]) => Promise<readonly Layer[]>;

/** Reads for several runs: each path once for all that read it in the same way. */
export function sourceReader(): WithSource {
  const known = new Map<string, Promise<FoundSettings>>();
  return (layers) =>
    withSource(layers, (settings) => {
      const key = JSON.stringify(settings);
      const found = known.get(key) ?? settingsFrom(settings.data, settings);
      known.set(key, found);
      return found;
    });
}

/** Reads for one run. */
export async function withSource(
  layers: readonly Layer[],
  read: (settings: z.output<typeof sourceFields>) => Promise<FoundSettings> = (settings) =>
    settingsFrom(settings.data, settings),
): Promise<readonly Layer[]> {
  const own = layers.map((layer): Layer => ({
    ...layer,
    values: Object.fromEntries(Object.entries(layer.values).filter(([key]) => key in sourceFields.shape)),
  }));
  const { data } = Object.assign({}, ...own.map(({ values }) => values)) as { readonly data?: unknown };
  if (typeof data !== "string" || isSet(data) || !(await isPath(data))) return layers;
  const settings = resolve(sourceFields, own);
  return settings.inputs === undefined ? [{ values: { ...(await read(settings)) } }, ...layers] : layers;
}
