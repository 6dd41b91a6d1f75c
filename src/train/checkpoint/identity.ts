/**
 * @file What makes two runs the same run: the settings that decide its numbers, and its data. A checkpoint
 * holds these settings one by one, so that a run that began before a setting existed can go on: what it does
 * not have has the value that stands for earlier versions.
 */

import { createHash } from "node:crypto";
import { z } from "zod";
import type { Task } from "../../tasks/task.ts";
import type { TrainConfig } from "../config.ts";
import type { FactsByKey, Settings } from "../setting-facts.ts";
import { completed, differingKeys, FACTS } from "../setting-facts.ts";

/** What a checkpoint belongs to: a run may continue only from one of its own. */
export interface Identity {
  /** Settings that decide numbers, by name. Of a checkpoint of 0.1.0 their hash alone is known. */
  readonly settings: Settings | { readonly sha256: string };
  readonly dataset: string;
  readonly split: string;
  readonly noise: string;
  /** Of texts; absent for other data. */
  readonly vocabulary?: string;
  /** SHA-256 of the teacher that the run started from; absent when it started from none. */
  readonly teacher?: string;
  /** The same of the student. */
  readonly start?: string;
}

/** What a run's record knows of it beside its settings. */
export interface History {
  readonly teacherFrom?: { readonly sha256: string } | undefined;
  readonly studentFrom?: { readonly sha256: string } | undefined;
  /** Epochs that the run was to have before `--resume --epochs` made it longer. */
  readonly lengthened?: readonly { readonly from: number }[] | undefined;
}

/** Identities that a run has had, the present one first. Its checkpoints are of one of them. */
export type Identities = readonly [Identity, ...Identity[]];

/** @param history of the run, by its record */
export function identitiesOf(config: TrainConfig, task: Pick<Task, "hashes">, history: History = {}): Identities {
  const { teacherFrom, studentFrom, lengthened = [] } = history;
  const origins = { teacher: teacherFrom?.sha256, start: studentFrom?.sha256 };
  const earlier = lengthened.map(({ from }) => identityOf({ ...config, epochs: from }, task, origins));
  return [identityOf(config, task, origins), ...earlier];
}

const isHash = (settings: Identity["settings"]): settings is { readonly sha256: string } =>
  typeof settings["sha256"] === "string";

/** SHA-256 of the teacher and of the student that a run started from, if any. */
interface Origins {
  readonly teacher?: string | undefined;
  readonly start?: string | undefined;
}

const known = ({ teacher, start }: Origins) => ({
  ...(teacher === undefined ? {} : { teacher }),
  ...(start === undefined ? {} : { start }),
});

export const identityOf = (config: TrainConfig, { hashes }: Pick<Task, "hashes">, origins: Origins = {}): Identity => ({
  settings: decisive(config, FACTS),
  ...hashes,
  ...known(origins),
});

/**
 * Settings that have a value and decide numbers, by name in alphabetical order. The starting teacher is
 * identified by its hash instead.
 */
function decisive(settings: Settings, facts: FactsByKey): Settings {
  const decides = ([key, value]: [string, unknown]): boolean => {
    const role = facts.get(key)?.role;
    return value !== undefined && role !== "place" && role !== "hash";
  };
  const entries = Object.entries(settings)
    .filter(decides)
    .map(([key, value]) => [key, facts.get(key)?.stands?.(value) ?? value] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The hash by which 0.1.0 identified its settings, of which it had those without a later version. */
function hashOf010(settings: Settings, facts: FactsByKey): string {
  const known = Object.entries(settings).filter(([key]) => !facts.get(key)?.since);
  return createHash("sha256").update(JSON.stringify(known)).digest("hex");
}

/** The identity in a checkpoint's metadata, of this version or of 0.1.0. */
export const identitySchema = z
  .object({
    /** Hash of the settings, in 0.1.0. */
    config: z.string().optional(),
    settings: z.record(z.string(), z.unknown()).default({}),
    dataset: z.string(),
    split: z.string(),
    noise: z.string(),
    vocabulary: z.string().optional(),
    teacher: z.string().optional(),
    start: z.string().optional(),
  })
  .transform(({ config, settings, vocabulary, teacher, start, ...data }): Identity => {
    return {
      ...data,
      ...(vocabulary === undefined ? {} : { vocabulary }),
      ...known({ teacher, start }),
      settings: config === undefined ? settings : { sha256: config },
    };
  });

/**
 * In what two identities differ, in words: "lr: 0.1 saved, 0.01 now". Empty for one run.
 * @param facts of all settings that this version knows
 */
export function differences(saved: Identity, now: Identity, facts = FACTS): string[] {
  const settings = isHash(saved.settings)
    ? differenceFrom010(saved.settings.sha256, now.settings, facts)
    : settingDifferences(saved.settings, now.settings, facts);
  const data = (["dataset", "split", "noise", "teacher", "start"] as const)
    .filter((key) => saved[key] !== now[key])
    .map((key) => `${key}: ${saved[key] ?? "none"} saved, ${now[key] ?? "none"} now`);
  return [...settings, ...data];
}

function settingDifferences(saved: Settings, now: Settings, facts: FactsByKey): string[] {
  const [there, here] = [completed(saved, facts), completed(now, facts)];
  return differingKeys(there, here)
    .sort()
    .map((key) => `${key}: ${show(there[key])} saved, ${show(here[key])} now`);
}

/**
 * Of 0.1.0 the hash says that some setting differs, but not which. Settings that came later must have the value
 * that stands for it.
 */
function differenceFrom010(sha256: string, now: Settings, facts: FactsByKey): string[] {
  const later = settingDifferences(
    {},
    Object.fromEntries(Object.entries(now).filter(([key]) => facts.get(key)?.since)),
    facts,
  );
  return hashOf010(now, facts) === sha256
    ? later
    : ["settings: another hash saved by version 0.1.0 than theirs now", ...later];
}

const show = (value: unknown): string => (value === undefined ? "none" : JSON.stringify(value));
