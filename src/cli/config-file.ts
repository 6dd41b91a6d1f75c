/** @file Config files: YAML or JSON, keys in camel or kebab case; and the resolved config written back as YAML. */

import { readFile } from "node:fs/promises";
import { isScalar, isMap, parseDocument, stringify } from "yaml";
import { ConfigError } from "../errors.ts";
import type { Given } from "./options.ts";
import type { Layer } from "./resolve.ts";
import type { Setting } from "./settings.ts";
import { camel } from "./settings.ts";
import { didYouMean } from "./similar.ts";

/**
 * Reads a config file.
 * @throws ConfigError when it is not there, is not YAML, or has a key that is no setting
 */
export async function readConfig(file: string, settings: readonly Setting[]): Promise<Layer> {
  return { file, values: parseConfig(await readText(file), file, settings) };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "that is a folder" : `cannot be read (${code})`;
    throw new ConfigError(`--config ${file}: ${why}`, { cause });
  }
}

/** Reads the text of a config file; a run's `run.json` counts as one. Keys come back in camel case. */
export function parseConfig(text: string, file: string, settings: readonly Setting[]): Given {
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
  const record = document.toJS() as Given;
  if ("formatVersion" in record && typeof record["config"] === "object" && record["config"] !== null)
    return record["config"] as Given;

  const values: Given = {};
  for (const { key: node } of document.contents.items) {
    const written = isScalar(node) ? String(node.value) : String(node);
    const key = camel(written);
    if (!settings.some((setting) => setting.key === key)) {
      const names = settings.map((setting) => (written.includes("-") ? setting.name : setting.key));
      throw new ConfigError(`${file}: there is no setting "${written}".${didYouMean(written, names)}`);
    }
    if (key in values) throw new ConfigError(`${file}: "${written}" is set twice`);
    values[key] = record[written];
  }
  return values;
}

function describe(value: unknown): string {
  return Array.isArray(value) ? "a list" : JSON.stringify(value);
}

/** The resolved settings as a YAML file that says what each means; those without a value are commented out. */
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
