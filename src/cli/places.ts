/** @file Options of verbs that look at a run again: where its data lie now. */

import type { Command } from "commander";
import { resolve } from "../settings/resolve.ts";
import { settingsOf } from "../settings/settings.ts";
import type { Places } from "../train/after/load-run.ts";
import { trainFields } from "../train/config.ts";
import { groupOf } from "../train/setting-facts.ts";
import { addOptions, givenOptions } from "./options.ts";

const schema = trainFields.pick({
  data: true,
  dataDir: true,
  cifarnDir: true,
  download: true,
  root: true,
  labels: true,
  classes: true,
  cache: true,
});
const settings = settingsOf(schema);

export const addPlaces = (command: Command): void => addOptions(command, settings, groupOf);

/** What was typed, without defaults. @throws ConfigError for a wrong value */
export function givenPlaces(command: Command): Places {
  const given = givenOptions(command, settings);
  const checked = Object.entries(resolve(schema, [{ values: given }]));
  return Object.fromEntries(checked.filter(([key]) => Object.hasOwn(given, key)));
}
