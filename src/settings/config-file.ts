/**
 * @file Config files: reading YAML or JSON with keys in camel or kebab case, and writing the resolved config as YAML.
 */

import { readFile } from "node:fs/promises";
import { isMap, parseDocument, stringify } from "yaml";
import { ConfigError } from "../errors.ts";
import type { Given, Setting } from "./settings.ts";
import type { Layer } from "./resolve.ts";
import { camel } from "./settings.ts";
import { recordedSettings } from "../train/record/run-record.ts";
import { didYouMean } from "./similar.ts";

/**
 * Reads a config file.
 * @throws ConfigError if it is missing, is not YAML, or has an unknown key
 */
export async function readConfig(file: string, settings: readonly Setting[]): Promise<Layer> {
  return { file, values: parseConfig(await readText(file), file, settings) };
}

/**
 * Reads the text of a file named on the command line.
 * @param what purpose of the file, for the message
 * @throws ConfigError if it cannot be read
 */
export async function readText(file: string, what = "--config "): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "that is a folder" : `cannot be read (${code})`;
    throw new ConfigError(`${what}${file}: ${why}`, { cause });
  }
}

/** Parses the text of a config file or of a run's `run.json`. Returned keys are in camel case. */
export function parseConfig(text: string, file: string, settings: readonly Setting[]): Given {
  const record = parseMap(text, file);
  if ("formatVersion" in record) return { ...recordedSettings(record, file) };
  return settingsIn(record, file, settings);
}

/** Parses YAML or JSON with a map at the top. @throws ConfigError for anything else, with the line */
export function parseMap(text: string, file: string): Given {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) {
    const line = problem.linePos?.[0].line;
    throw new ConfigError(
      `${file}${line === undefined ? "" : `:${line}`}: not YAML or JSON: ${problem.message.split(/ at line|\n/)[0]}`,
    );
  }
  if (document.contents === null) return {};
  if (!isMap(document.contents))
    throw new ConfigError(`${file}: expected settings as "name: value", got ${describe(document.toJS())}`);
  return document.toJS() as Given;
}

/**
 * Renames keys to the names of the settings.
 * @throws ConfigError for an unknown name, or for one given in both cases
 */
export function settingsIn(record: Given, where: string, settings: readonly Setting[]): Given {
  const values: Given = {};
  for (const [written, value] of Object.entries(record)) {
    const key = camel(written);
    if (!settings.some((setting) => setting.key === key)) {
      const names = settings.map((setting) => (written.includes("-") ? setting.name : setting.key));
      throw new ConfigError(`${where}: there is no setting "${written}".${didYouMean(written, names)}`);
    }
    if (key in values) throw new ConfigError(`${where}: "${written}" is set twice`);
    values[key] = value;
  }
  return values;
}

/** Value as text, for messages. */
export function describe(value: unknown): string {
  return Array.isArray(value) ? "a list" : JSON.stringify(value);
}

/** Resolved settings as a YAML file with a comment on each. Settings without a value are commented out. */
export function printConfig(config: Readonly<Record<string, unknown>>, settings: readonly Setting[]): string {
  const lines = settings.map(({ key, description }) => {
    const value = config[key];
    const line =
      value === undefined
        ? `# ${key}:`
        : stringify({ [key]: value }, { collectionStyle: "flow", lineWidth: 0 })
            .trim()
            .replace(/^\{ ?(.*?) ?\}$/, "$1");
    return `# ${description}\n${line}`;
  });
  return lines.join("\n");
}
