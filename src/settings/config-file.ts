/**
 * @file Config files: reading YAML or JSON with keys in camel or kebab case, and writing the resolved config as YAML.
 */

import { stringify } from "yaml";
import { ConfigError } from "../errors.ts";
import { expandHome } from "../home.ts";
import { printable, shortened } from "../printable.ts";
import { readTextFile, whyUnreadable } from "../text-file.ts";
import type { Given, Setting } from "./settings.ts";
import type { Layer } from "./resolve.ts";
import { camel } from "./settings.ts";
import { recordedSettings } from "../train/record/run-record.ts";
import { calledHere } from "./aliases.ts";
import { didYouMean } from "../similar.ts";
import { parseMap } from "./yaml-map.ts";

/**
 * Reads a config file.
 * @throws ConfigError if it is missing, is not YAML, or has an unknown key
 */
export function readConfig(file: string, settings: readonly Setting[]): Layer {
  return { file, values: parseConfig(readText(file), file, settings) };
}

/**
 * Reads the text of a file named on the command line.
 * @param what purpose of the file, for the message
 * @throws ConfigError if it cannot be read
 */
export function readText(file: string, what = "--config "): string {
  try {
    return readTextFile(expandHome(file));
  } catch (cause) {
    throw new ConfigError(`${what}${file}: ${whyUnreadable(cause)}`, { cause });
  }
}

/** Parses the text of a config file or of a run's `run.json`. Returned keys are in camel case. */
export function parseConfig(text: string, file: string, settings: readonly Setting[]): Given {
  const record = parseMap(text, file);
  if (Object.hasOwn(record, "formatVersion")) return { ...recordedSettings(record, file) };
  return settingsIn(record, file, settings);
}

/**
 * Renames keys to the names of the settings.
 * @throws ConfigError for an unknown name, or for one given in both cases
 */
export function settingsIn(record: Given, where: string, settings: readonly Setting[]): Given {
  const values: Given = {};
  for (const [written, value] of Object.entries(record)) {
    const key = camel(written);
    if (!settings.some((setting) => setting.key === key)) throw noSuchSetting(written, where, settings);
    if (Object.hasOwn(values, key)) throw new ConfigError(`${where}: "${written}" is set twice`);
    values[key] = value;
  }
  return values;
}

function noSuchSetting(written: string, where: string, settings: readonly Setting[]): ConfigError {
  const here = calledHere(written);
  const setting = settings.find(({ name }) => name === here?.option);
  const names = settings.map(({ name, key }) => (written.includes("-") ? name : key));
  const hint = here && setting ? ` It is called ${setting.key}${here.note}` : didYouMean(written, names);
  return new ConfigError(`${where}: there is no setting "${shortened(written)}".${hint}`);
}

/** Resolved settings as a YAML file with a comment on each. Settings without a value are commented out. */
export function printConfig(config: Readonly<Record<string, unknown>>, settings: readonly Setting[]): string {
  const lines = settings.map(({ key, description }) => {
    const value = config[key];
    return `# ${description}\n${value === undefined ? `# ${key}:` : lineOf(key, value)}`;
  });
  return lines.join("\n");
}

/** "lr: 0.1" as YAML, with escapes in quotes for what a terminal would act on. */
function lineOf(key: string, value: unknown): string {
  const line = stringify({ [key]: value }, { collectionStyle: "flow", lineWidth: 0 })
    .trim()
    .replace(/^\{ ?(.*?) ?\}$/, "$1");
  return printable(line) === line ? line : `${key}: ${printable(JSON.stringify(value))}`;
}
