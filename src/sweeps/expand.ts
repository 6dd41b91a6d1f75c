/**
 * @file Expansion of a sweep file to its runs: every combination with every seed, each with a name, a folder and
 * checked settings.
 */

import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { shortened } from "../printable.ts";
import type { TrainConfig } from "../train/config.ts";
import { trainSchema } from "../train/config.ts";
import { checkConfig } from "../settings/check-config.ts";
import { globMatcher } from "../compare/glob.ts";
import type { Given } from "../settings/settings.ts";
import type { Layer } from "../settings/resolve.ts";
import { resolve } from "../settings/resolve.ts";
import { sourceReader } from "../settings/source-settings.ts";
import { didYouMean } from "../similar.ts";
import type { Choice, SweepFile } from "./sweep-file.ts";
import { LONGEST_NAME, wordOf } from "./sweep-file.ts";

export interface PlannedRun {
  /** Unique in its sweep: `cifar10-flip2-0.4-deep-seed1` */
  readonly name: string;
  /** Label of its choice on each axis: `["flip2-0.4", "deep"]` */
  readonly labels: readonly string[];
  /** Folder: the sweep's folder, then the name */
  readonly folder: string;
  readonly config: TrainConfig;
  /** Names of the settings given in the file or typed */
  readonly set: readonly (keyof TrainConfig)[];
}

/** A run before its settings are completed. */
export interface Combination extends Pick<PlannedRun, "name" | "labels" | "folder"> {
  /** Later ones take precedence. */
  readonly layers: readonly Layer[];
}

/**
 * All runs of a sweep, with their settings.
 * @param typed settings from the command line, which take precedence
 * @throws ConfigError for a wrong setting, and for two runs with the same settings or name
 */
export const expand = (sweep: SweepFile, typed: Given = {}): PlannedRun[] =>
  planned(sweep.file, combinationsOf(sweep, typed));

/**
 * The same for runs on data of one's own: their paths are read first.
 * @throws also DataError for what is wrong at a path
 */
export async function expandWithData(sweep: SweepFile, typed: Given): Promise<PlannedRun[]> {
  const read = sourceReader();
  const combinations = combinationsOf(sweep, typed).map(async (one) => ({ ...one, layers: await read(one.layers) }));
  return planned(sweep.file, await Promise.all(combinations));
}

/**
 * All runs of a sweep. The last axis varies fastest and the seed slowest, so that each combination has one run before
 * any has a second.
 * @throws ConfigError for a typed setting that the file varies, and for more runs than anybody trains
 */
function combinationsOf(sweep: SweepFile, typed: Given): Combination[] {
  const { file, axes, seeds } = sweep;
  for (const key of Object.keys(typed)) {
    if (axes.some((axis) => axis.some(({ values }) => Object.hasOwn(values, key))))
      throw new ConfigError(`--${key}: ${file} varies it. Leave it out here, or there`);
  }
  const count = axes.reduce((total, axis) => total * axis.length, seeds.length);
  if (count > MOST_RUNS) {
    throw new ConfigError(
      `${file}: expected at most ${MOST_RUNS} runs, got ${count}: every entry of the grid, of runs and of seeds with every other. Make several files of it`,
    );
  }
  const combinations = product(axes);
  return seeds.flatMap((seed) => combinations.map((choices) => combine(sweep, choices, seed, typed)));
}

/** Most runs of one file. */
const MOST_RUNS = 10_000;

/** Cartesian product: all combinations with one choice of each axis. */
function product(axes: readonly (readonly Choice[])[]): Choice[][] {
  return axes.reduce<Choice[][]>(
    (all, axis) => all.flatMap((choices) => axis.map((choice) => [...choices, choice])),
    [[]],
  );
}

function combine({ file, out, base }: SweepFile, choices: readonly Choice[], seed: unknown, typed: Given): Combination {
  const labels = choices.map(({ label }) => label);
  const name = [...labels, `seed${wordOf(seed)}`].join("-");
  if (name.length > LONGEST_NAME) {
    throw new ConfigError(
      `${file}: expected names of runs of at most ${LONGEST_NAME} characters, got ${name.length} in ${shortened(name)}. Give entries with many settings a name: { name: …, … }`,
    );
  }
  const folder = join(out, name);
  const layers = [
    { file: `${file}: base`, values: base },
    ...choices.map(({ where, values }) => ({ file: where, values })),
    { file: `${file}: seeds`, values: { seed } },
    { values: { ...typed, out: folder } },
  ];
  return { name, labels, folder, layers };
}

/** Runs with their settings. @throws ConfigError for a wrong setting, and for two runs with the same settings or name */
function planned(file: string, combinations: readonly Combination[]): PlannedRun[] {
  const runs = combinations.map((combination) => plan(file, combination));
  refuseSame(file, runs);
  return runs;
}

function plan(file: string, { name, labels, folder, layers }: Combination): PlannedRun {
  const config = resolve(trainSchema, layers);
  try {
    checkConfig(config);
  } catch (cause) {
    if (cause instanceof ConfigError) throw new ConfigError(`${file}: ${name}: ${cause.message}`, { cause });
    throw cause;
  }
  const set = new Set(layers.flatMap(({ values }) => Object.keys(values)));
  return { name, labels, folder, config, set: [...set] as (keyof TrainConfig)[] }; // The schema knows no other names.
}

function refuseSame(file: string, runs: readonly PlannedRun[]): void {
  const names = new Set<string>();
  const contents = new Map<string, string>();
  for (const { name, config } of runs) {
    if (names.has(name))
      throw new ConfigError(`${file}: two runs are called ${name}. Give entries a name of their own: { name: …, … }`);
    names.add(name);
    const content = JSON.stringify(Object.entries({ ...config, out: undefined }).sort(([a], [b]) => (a < b ? -1 : 1)));
    const twin = contents.get(content);
    if (twin !== undefined)
      throw new ConfigError(`${file}: ${twin} and ${name} are the same run. Leave one of them out`);
    contents.set(content, name);
  }
}

/**
 * Runs whose whole name matches the pattern: `*` matches any characters, `?` one.
 * @throws ConfigError if none matches
 */
export function only(runs: readonly PlannedRun[], pattern: string): PlannedRun[] {
  const matches = globMatcher(pattern);
  const chosen = runs.filter(({ name }) => matches(name));
  if (chosen.length > 0) return chosen;
  const names = runs.map(({ name }) => name);
  const inside = names.some((name) => name.includes(pattern)) ? ` Did you mean "*${pattern}*"?` : "";
  throw new ConfigError(
    `--only: expected the name of a run, such as ${names[0]}, or a pattern; got ${shortened(pattern)}.${inside || didYouMean(pattern, names)}`,
  );
}

/** Settings other than the seed and the folder that differ between runs. */
export function varied(runs: readonly PlannedRun[]): string[] {
  const keys = [...new Set(runs.flatMap(({ config }) => Object.keys(config)))];
  const values = (key: string): Set<string> =>
    new Set(runs.map(({ config }) => JSON.stringify(config[key as keyof TrainConfig])));
  return keys.filter((key) => key !== "seed" && key !== "out" && values(key).size > 1);
}
