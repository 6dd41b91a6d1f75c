/** @file Command line options from settings, and typed text as values for the schema to check. */

import type { Command } from "commander";
import { Option } from "commander";
import type { Given, Setting } from "../settings/settings.ts";

/**
 * Adds one option per setting. A flag gets `--x` and `--no-x`, shown as one line. Options have no defaults (the schema
 * has them), so that typed values can be told from defaults.
 *
 * @param groupOf heading of a setting in the help
 */
export function addOptions(
  command: Command,
  settings: readonly Setting[],
  groupOf: (key: string) => string = () => "Options:",
): void {
  for (const setting of settings) {
    for (const option of optionsOf(setting)) command.addOption(option.helpGroup(groupOf(setting.key)));
  }
}

/** Flags with a `--no-` option that the help does not list. */
const negatable = new WeakSet<Option>();

/** Values of options that have a closed list of them. */
const closed = new WeakMap<Option, readonly string[]>();

/** All values that an option may have; empty where the list is open. */
export const choicesOf = (option: Option): readonly string[] => closed.get(option) ?? [];

/** Name of an option in the help: `--[no-]augment`, `--batch <n>`. */
export function optionTerm(option: Option): string {
  return negatable.has(option) ? option.flags.replace("--", "--[no-]") : option.flags;
}

/** Options of a setting: one, or a flag and its negation. */
export function optionsOf(setting: Setting): Option[] {
  const { name, kind } = setting;
  const text = describe(setting);
  if (kind === "flag") {
    const positive = new Option(`--${name}`, text);
    negatable.add(positive);
    return [positive, new Option(`--no-${name}`, text).hideHelp()];
  }
  const option = new Option(`--${name} <${placeholder(setting)}>`, text);
  closed.set(option, setting.choices);
  if (kind === "texts") return [option.argParser((value: string, before: string[] = []) => [...before, value])];
  return [option.argParser((value: string) => parseValue(setting, value))];
}

function placeholder({ kind }: Setting): string {
  switch (kind) {
    case "integer":
      return "n";
    case "number":
      return "x";
    case "list":
      return "n,n,…";
    case "choice":
      return "name";
    case "text":
    case "texts":
      return "text";
    case "flag":
      return "";
  }
}

/** Help text of a setting: meaning, then (choices; bounds; default). */
function describe({ description, kind, choices, expected, fallback }: Setting): string {
  const facts = [
    kind === "choice" && !choices.every((name) => description.includes(name)) ? choices.join(", ") : "",
    (kind === "integer" || kind === "number") && !/^an? \w+( ≥ [01])?$/.test(expected)
      ? expected.replace(/^an? /, "")
      : "",
    fallback === undefined
      ? ""
      : `default ${kind === "flag" ? (fallback === true ? "on" : "off") : JSON.stringify(fallback).replaceAll('"', "")}`,
  ].filter((fact) => fact !== "");
  return facts.length > 0 ? `${description} (${facts.join("; ")})` : description;
}

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const asNumber = (text: string): number | string => (NUMBER.test(text.trim()) ? Number(text) : text);

/** Parses the text of a value. Text that is not a number remains text, which the schema then refuses with the name. */
export function parseValue({ kind }: Setting, text: string): unknown {
  switch (kind) {
    case "integer":
    case "number":
      return asNumber(text);
    case "list":
      return text === "" ? [] : text.split(",").map(asNumber);
    case "flag":
      return text === "true" ? true : text === "false" ? false : text;
    case "choice":
    case "text":
      return text;
    case "texts":
      return [text];
  }
}

/** Typed values of these settings, without defaults. */
export function givenOptions(command: Command, settings: readonly Setting[]): Given {
  const values = command.opts();
  return Object.fromEntries(
    settings
      .filter(({ key }) => command.getOptionValueSource(key) === "cli")
      .map(({ key }) => [key, values[key] as unknown]),
  );
}
