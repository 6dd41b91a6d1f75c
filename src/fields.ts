/**
 * @file Kinds of settings, as zod schemas, and the facts about a setting that its schema cannot say.
 * Descriptions are the command line's help.
 */

import { z } from "zod";
import { expandHome } from "./home.ts";

/** Any text. */
export const text = (description: string): z.ZodString => z.string().describe(description);
/** Text that names a file or a folder: `~/x` lies in the home folder. */
export const path = (description: string): z.ZodString => text(description).overwrite(expandHome);
/** An integer in [least, most]. The bound refuses what no machine can do, before anything is tried. */
export const count = (description: string, least = 1, most = Number.MAX_SAFE_INTEGER): z.ZodNumber =>
  z.number().int().min(least).max(most).describe(description);
/** A number, 0 or more. */
export const rate = (description: string): z.ZodNumber => z.number().min(0).describe(description);
/** A number from 0 to 1. */
export const share = (description: string): z.ZodNumber => z.number().min(0).max(1).describe(description);
/** On or off. */
export const flag = (description: string): z.ZodBoolean => z.boolean().describe(description);
/** Texts, such as names of files: on the command line an option that may come several times. */
export const texts = (description: string) => z.array(z.string()).describe(description);
/** One of these names. */
export const choice = <const T extends readonly [string, ...string[]]>(values: T, description: string) =>
  z.enum(values).describe(description);

/** What a run's identity and its comparisons need to know of a setting. */
export interface SettingFacts {
  /** Heading in `reweight train --help`. */
  readonly group: string;
  /**
   * What the setting decides. Absent: the numbers that are computed. `engine`: how they are computed, so their
   * last bits and their time. `threads`: the same, but runs are compared across it. `place`: where files lie
   * and when the run saves or stops, which a resumed run may change. `hash`: numbers, but the run is identified
   * by the hash of what the setting names.
   */
  readonly role?: "engine" | "threads" | "place" | "hash";
  /** Among the dozen that the short help of `reweight train` shows. */
  readonly common?: true;
  /** Read by teachers alone: the uniform baseline is the same run whatever the value. */
  readonly teacher?: true;
  /** Says how trusted examples are trained on: part of the method, so that runs are compared across it. */
  readonly trusted?: true;
  /** Kinds of task that read it, by name; with other kinds it is refused. Absent: all of them. */
  readonly of?: readonly string[];
  /** Hashes of the data that depend on it. */
  readonly hashes?: readonly ("dataset" | "split" | "noise")[];
  /**
   * The version that introduced it, and the value that stands for runs of earlier versions. Absent for settings
   * of 0.1.0.
   */
  readonly since?: { readonly version: string; readonly value: unknown };
  /**
   * What stands for a value where a run is told from another. Absent: the value itself. A resumed run may have another
   * value with the same one.
   */
  readonly stands?: (value: unknown) => unknown;
  /** The form that stands for all ways to write a value; for a wrong value that value. */
  readonly normal?: (value: unknown) => unknown;
}

const registry = z.registry<Partial<SettingFacts>>();

/** Adds facts to a setting. */
export function withFacts<S extends z.ZodType>(schema: S, facts: Partial<SettingFacts>): S {
  registry.add(schema, { ...registry.get(schema), ...facts });
  return schema;
}

/** Adds facts to all settings of a record, such as the heading that they share. */
export function grouped<Fields extends z.ZodRawShape>(facts: SettingFacts, fields: Fields): Fields {
  for (const schema of Object.values(fields)) registry.add(schema, { ...facts, ...registry.get(schema) });
  return fields;
}

/** The facts of a setting. @throws RangeError for one that was declared without a heading */
export function factsOf(key: string, schema: unknown): SettingFacts {
  const { group, ...rest } = registry.get(schema as z.ZodType) ?? {};
  if (group === undefined) throw new RangeError(`setting ${key}: expected a group in its facts, got none`);
  return { group, ...rest };
}
