/**
 * @file Questions about settings that their facts answer: headings, roles, and values in records that are older
 * than a setting.
 */

import type { SettingFacts } from "../fields.ts";
import { factsOf } from "../fields.ts";
import { trainFields } from "./config.ts";

/** Settings by name, as given or recorded. */
export type Settings = Readonly<Record<string, unknown>>;

/** The facts of every setting, in the schema's order. */
export type FactsByKey = ReadonlyMap<string, SettingFacts>;

/** @param shape the fields of a schema of settings */
export const factsIn = (shape: Readonly<Record<string, unknown>>): FactsByKey =>
  new Map(Object.entries(shape).map(([key, schema]) => [key, factsOf(key, schema)]));

/** The facts of a run's settings. */
export const FACTS: FactsByKey = factsIn(trainFields.shape);

/** Heading of a setting in the help. */
export const groupOf = (key: string): string => FACTS.get(key)?.group ?? "Options:";

/** Names of the settings whose facts answer a question with yes. */
export const keysWith = (question: (facts: SettingFacts) => boolean, facts = FACTS): string[] =>
  [...facts].filter(([, its]) => question(its)).map(([key]) => key);

/** Whether a resumed run may change a setting: it says where files lie, and when the run saves or stops. */
export const mayChange = (key: string): boolean => FACTS.get(key)?.role === "place";

/** Whether a resumed run may have this value in place of the recorded one: both stand for the same. */
export const isMoved = (key: string, value: unknown, recorded: unknown): boolean => {
  const stands = FACTS.get(key)?.stands;
  return stands !== undefined && stands(value) === stands(recorded);
};

/** Settings that do not tell two runs apart: those that may change, and the number of threads. */
export const COMPARED_ACROSS: readonly string[] = keysWith(({ role }) => role === "place" || role === "threads");

/** A record's settings with the values of those that it is too old to have. */
export function completed(recorded: Settings, facts = FACTS): Settings {
  const introduced = [...facts].flatMap(([key, { since }]) => (since ? [[key, since.value] as const] : []));
  return { ...Object.fromEntries(introduced), ...recorded };
}

/** A setting's value in the form that stands for all ways to write it. */
export const normalValue = (key: string, value: unknown): unknown => FACTS.get(key)?.normal?.(value) ?? value;

/** Whether two values of a setting are the same, however they are written. */
export const areSame = (key: string, some: unknown, other: unknown): boolean =>
  JSON.stringify(normalValue(key, some)) === JSON.stringify(normalValue(key, other));

/** Names of the settings that have another value in the other; a missing one is a value of its own. */
export const differingKeys = (some: Settings, others: Settings): string[] =>
  [...new Set([...Object.keys(some), ...Object.keys(others)])].filter((key) => !areSame(key, some[key], others[key]));

/** Settings that a version knows which this one does not. */
export const unknownIn = (recorded: Settings, facts = FACTS): string[] =>
  Object.keys(recorded).filter((key) => !facts.has(key));
