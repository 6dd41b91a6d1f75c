/**
 * @file Resolution of settings: the command line precedes files, and files precede defaults. The merged values are
 * checked once, with errors that name the source of a value.
 */

import type { z } from "zod";
import { ConfigError } from "../errors.ts";
import { firstOf, shortened, shown } from "../printable.ts";
import { normalValue } from "../train/setting-facts.ts";
import type { Given, Setting, SettingsSchema } from "./settings.ts";
import { settingsOf } from "./settings.ts";
import { didYouMean } from "../similar.ts";

/** Values and their source. */
export interface Layer {
  /** undefined for the command line, else the file */
  readonly file?: string;
  readonly values: Given;
  /** A run's record: its checkpoint knows the values as they were written. */
  readonly recorded?: boolean;
}

/**
 * Merges the layers (later ones take precedence), fills in defaults and checks the result.
 * @throws ConfigError with one sentence per problem: its place, the expected value, the value found
 */
export function resolve<S extends SettingsSchema>(schema: S, layers: readonly Layer[]): z.output<S> {
  const values = new Map<string, unknown>();
  const origin = new Map<string, string | undefined>();
  for (const { file, values: own, recorded } of layers) {
    for (const [key, value] of Object.entries(own)) {
      values.set(key, recorded ? value : normalValue(key, value));
      origin.set(key, file);
    }
  }
  // Not by assignment: a key `__proto__` would set the prototype.
  const merged: Given = Object.fromEntries(values);
  const parsed = schema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const settings = new Map(settingsOf(schema).map((setting) => [setting.key, setting]));
  const sentences = parsed.error.issues.map((issue) => explainIssue(issue, merged, settings, origin));
  const [first, ...others] = new Set(sentences);
  const text =
    others.length === 0
      ? first!
      : `${others.length + 1} settings are wrong: ${firstOf([first!, ...others], MOST_TOLD, "; ")}`;
  throw new ConfigError(text, { cause: parsed.error });
}

/** Most settings that one message tells of. */
const MOST_TOLD = 8;

function explainIssue(
  issue: z.core.$ZodIssue,
  values: Given,
  settings: ReadonlyMap<string, Setting>,
  origin: ReadonlyMap<string, string | undefined>,
): string {
  const key = issue.path.length > 0 ? String(issue.path[0]) : issue.code === "unrecognized_keys" ? issue.keys[0]! : "";
  const setting = settings.get(key);
  const file = origin.get(key);
  const name = shortened(key);
  const where = file === undefined ? `--${setting?.name ?? name}` : `${file}: ${name}`;
  if (issue.code === "unrecognized_keys") return `${where}: there is no such setting`;
  if (key === "" || setting === undefined) return issue.message;
  // A custom rule brings its own message.
  if (issue.code === "custom") return `${where}: ${issue.message}`;
  return `${where}: expected ${setting.expected}, got ${show(values[key])}${hint(setting, values[key])}`;
}

/** Suggestion for a mistyped choice: " Did you mean onnx?", or empty. */
function hint({ choices }: Setting, value: unknown): string {
  const found = typeof value === "string" ? didYouMean(value, choices) : "";
  return found && `.${found}`;
}

/** Value as a user would write it. */
function show(value: unknown): string {
  if (value === null || value === undefined) return "nothing. Leave the line out for the default";
  if (!Array.isArray(value)) return shown(value);
  return firstOf(value.slice(0, MOST_TOLD + 1).map(shown), MOST_TOLD, ",");
}
