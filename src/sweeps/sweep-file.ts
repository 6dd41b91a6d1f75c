/**
 * @file Sweep files: YAML with the settings shared by all runs, the settings that vary, and the seeds.
 *
 *     out: runs/table6          # folder of the run folders; by default runs/<name of the file>
 *     seeds: [1, 2, 3]          # by default [1]
 *     base: { epochs: 60 }      # settings of all runs
 *     grid:                     # every combination of these
 *       noise: [flip2:0.2, flip2:0.4]
 *       student:                # a value may bring further settings along
 *         - resnet32
 *         - { student: wrn-28-10, batch: 100 }
 *     runs:                     # … with each of these; they may change what base says
 *       - { method: uniform }
 *       - { name: slow, method: deep, teacherLr: 1e-4 }
 */

import { basename, extname } from "node:path";
import { ConfigError } from "../errors.ts";
import { expandHome } from "../home.ts";
import { shortened, shown as show } from "../printable.ts";
import { settingsIn } from "../settings/config-file.ts";
import type { Given, Setting } from "../settings/settings.ts";
import { kebab } from "../settings/settings.ts";
import { didYouMean } from "../similar.ts";
import { parseMap } from "../settings/yaml-map.ts";

/** Choice on an axis: one value, and the settings that it brings along. */
export interface Choice {
  /** Part of a run's name */
  readonly label: string;
  /** Place in the file, for messages */
  readonly where: string;
  readonly values: Given;
}

export interface SweepFile {
  readonly file: string;
  readonly out: string;
  readonly seeds: readonly unknown[];
  readonly base: Given;
  /** Axes: the settings of the grid in their order, then the list of runs. Every combination is trained. */
  readonly axes: readonly (readonly Choice[])[];
}

/** Most characters in the name of a run. File systems allow 255 bytes, and files beside the folder have longer names. */
export const LONGEST_NAME = 200;

const PARTS = ["out", "seeds", "base", "grid", "runs"];

/** Settings with another place in the file. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  seed: "seeds: [1, 2, 3] at the top of the file says it",
  out: "out: at the top of the file says it, and each run has its folder in there",
};

/**
 * Parses a sweep file. Values of settings are checked later, for each run.
 * @throws ConfigError with the wrong place in the file
 */
export function parseSweep(text: string, file: string, settings: readonly Setting[]): SweepFile {
  const record = parseMap(text, file);
  for (const part of Object.keys(record)) {
    if (PARTS.includes(part)) continue;
    const hint = settings.some(({ key, name }) => key === part || name === part)
      ? " It is a setting: put it under base"
      : didYouMean(part, PARTS);
    throw new ConfigError(`${file}: expected ${PARTS.join(", ")}, got "${shortened(part)}".${hint}`);
  }
  const { out = `runs/${basename(file, extname(file))}`, seeds = [1], base, grid, runs } = record;
  if (typeof out !== "string" || out === "") throw new ConfigError(`${file}: out: expected a folder, got ${show(out)}`);
  const sweep: SweepFile = {
    file,
    out: expandHome(out),
    seeds: list(seeds, `${file}: seeds`),
    base: settingsOfRun(base ?? {}, `${file}: base`, settings),
    axes: [...gridAxes(grid ?? {}, file, settings), ...(runs === undefined ? [] : [runsAxis(runs, file, settings)])],
  };
  refuseTwice(sweep, Object.keys(grid ?? {}).length);
  return sweep;
}

function gridAxes(grid: unknown, file: string, settings: readonly Setting[]): Choice[][] {
  if (!isMap(grid)) throw new ConfigError(`${file}: grid: expected settings with lists of values, got ${show(grid)}`);
  const lists = settingsOfRun(grid, `${file}: grid`, settings);
  return Object.entries(lists).map(([key, values]) => {
    const where = `${file}: grid`;
    return list(values, `${where}: ${key}`).map((value) => {
      if (!isMap(value)) return { label: labelOf({ [key]: value }, settings), where, values: { [key]: value } };
      const { name, ...rest } = value;
      const several = settingsOfRun(rest, `${where}: ${key}`, settings);
      if (!Object.hasOwn(several, key))
        throw new ConfigError(`${where}: ${key}: expected each entry to set ${key}, got ${show(value)}`);
      return { label: nameOf(name, where) ?? labelOf({ [key]: several[key] }, settings), where, values: several };
    });
  });
}

function runsAxis(runs: unknown, file: string, settings: readonly Setting[]): Choice[] {
  return list(runs, `${file}: runs`).map((run, i) => {
    const where = `${file}: run ${i + 1}`;
    if (!isMap(run)) throw new ConfigError(`${where}: expected settings as "name: value", got ${show(run)}`);
    const { name, ...rest } = run;
    const values = settingsOfRun(rest, where, settings);
    return { label: nameOf(name, where) ?? labelOf(values, settings), where, values };
  });
}

/** Refuses a setting that two parts vary, or one in the base that the grid always overrides. */
function refuseTwice({ file, base, axes }: SweepFile, gridAxesCount: number): void {
  const keysOf = (axis: readonly Choice[]): string[] => [...new Set(axis.flatMap(({ values }) => Object.keys(values)))];
  const twice = axes.flatMap(keysOf).find((key, i, all) => all.indexOf(key) !== i);
  if (twice !== undefined)
    throw new ConfigError(`${file}: ${twice}: expected in one entry of grid or in runs, got it in two`);
  for (const axis of axes.slice(0, gridAxesCount)) {
    const idle = Object.keys(base).find((key) => axis.every(({ values }) => Object.hasOwn(values, key)));
    if (idle !== undefined)
      throw new ConfigError(`${file}: base: ${idle}: the grid gives it to every run. Leave it out of base`);
  }
}

function settingsOfRun(value: unknown, where: string, settings: readonly Setting[]): Given {
  if (!isMap(value)) throw new ConfigError(`${where}: expected settings as "name: value", got ${show(value)}`);
  const values = settingsIn(value, where, settings);
  const odd = Object.keys(values).find((key) => Object.hasOwn(ELSEWHERE, key));
  if (odd !== undefined) throw new ConfigError(`${where}: ${odd}: not here; ${ELSEWHERE[odd]}`);
  return values;
}

const isMap = (value: unknown): value is Given => typeof value === "object" && value !== null && !Array.isArray(value);

function list(value: unknown, where: string): unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  const hint = Array.isArray(value) || isMap(value) ? "" : ". What does not vary goes under base";
  throw new ConfigError(`${where}: expected a list with at least one entry, got ${show(value)}${hint}`);
}

function nameOf(name: unknown, where: string): string | undefined {
  if (name === undefined) return undefined;
  if (typeof name === "string" && name.length <= LONGEST_NAME && /^\w[\w.+-]*$/.test(name)) return name;
  throw new ConfigError(
    `${where}: name: expected letters, digits and any of . _ + -, ${LONGEST_NAME} at most, got ${show(name)}`,
  );
}

/** A value as part of a name. Maps are refused later, by the name of their setting. */
export function wordOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordOf).join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Label: "flip2-0.4" for a text or a choice, "teacher-lr-0.01" for a number, "no-augment" for a flag; several are
 * joined.
 */
function labelOf(values: Given, settings: readonly Setting[]): string {
  const parts = Object.entries(values).map(([key, value]) => {
    const kind = settings.find((setting) => setting.key === key)?.kind;
    if (kind === "flag") return value === true ? kebab(key) : `no-${kebab(key)}`;
    const text = wordOf(value).replace(/[^\w.+]+/g, "-");
    return kind === "text" || kind === "choice" ? text : `${kebab(key)}-${text}`;
  });
  return parts.join("-");
}
