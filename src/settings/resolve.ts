/**
 * @file Resolution of settings: the command line precedes files, and files precede defaults. The merged values are
 * checked once, with errors that name the source of a value.
 */

import type { z } from "zod";
import { ConfigError } from "../errors.ts";
import type { Given, Setting, SettingsSchema } from "./settings.ts";
import { settingsOf } from "./settings.ts";
import { didYouMean } from "./similar.ts";

/** Values and their source. */
export interface Layer {
  /** undefined for the command line, else the file */
  readonly file?: string;
  readonly values: Given;
}

/**
 * Merges the layers (later ones take precedence), fills in defaults and checks the result.
 * @throws ConfigError with one sentence per problem: its place, the expected value, the value found
 */
export function resolve<S extends SettingsSchema>(schema: S, layers: readonly Layer[]): z.output<S> {
  const merged: Given = {};
  const origin = new Map<string, string | undefined>();
  for (const { file, values } of layers) {
    for (const [key, value] of Object.entries(values)) {
      merged[key] = value;
      origin.set(key, file);
    }
  }
  const parsed = schema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const settings = new Map(settingsOf(schema).map((setting) => [setting.key, setting]));
  const sentences = parsed.error.issues.map((issue) => explainIssue(issue, merged, settings, origin));
  const lines = [...new Set(sentences)];
  const text =
    lines.length === 1
      ? lines[0]!
      : `${lines.length} settings are wrong\n${lines.map((line) => `  ${line}`).join("\n")}`;
  throw new ConfigError(text, { cause: parsed.error });
}

function explainIssue(
  issue: z.core.$ZodIssue,
  values: Given,
  settings: ReadonlyMap<string, Setting>,
  origin: ReadonlyMap<string, string | undefined>,
): string {
  const key = issue.path.length > 0 ? String(issue.path[0]) : issue.code === "unrecognized_keys" ? issue.keys[0]! : "";
  const setting = settings.get(key);
  const file = origin.get(key);
  const where = file === undefined ? `--${setting?.name ?? key}` : `${file}: ${key}`;
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
  if (Array.isArray(value))
    return value.map((item) => (typeof item === "string" ? JSON.stringify(item) : String(item))).join(",");
  return typeof value === "number" || typeof value === "boolean" ? String(value) : JSON.stringify(value);
}
