/** @file Which settings make two runs different, and which of them belong to a method alone. Pure. */

import { methods } from "../methods/methods.ts";
import { settingsReadBy } from "../methods/method.ts";
import type { Settings } from "../train/setting-facts.ts";
import { COMPARED_ACROSS, keysWith } from "../train/setting-facts.ts";
import type { RunRecord } from "../train/record/run-record.ts";

/** Settings that belong to some methods: a run whose method does not read them is the same whatever they are. */
const METHOD_KEYS: readonly string[] = [...new Set(methods.flatMap(settingsReadBy))];
/** Those, and settings that teachers alone read. */
const OWN_KEYS: readonly string[] = [...keysWith(({ teacher }) => teacher === true), ...METHOD_KEYS];

function unread(method: string): readonly string[] {
  if (method === "uniform") return OWN_KEYS;
  const own = methods.find(({ name }) => name === method);
  if (!own) return [];
  const read = settingsReadBy(own);
  return METHOD_KEYS.filter((key) => !read.includes(key));
}

/** What a run computes, but for its seed. */
export function essence({ config }: RunRecord): Settings {
  return without(config, ["seed", ...COMPARED_ACROSS, ...unread(config.method)]);
}

/** What a run is trained on and how, but for its method and what is a method's or a teacher's own. */
export function conditions(run: RunRecord): Settings {
  return without(essence(run), ["method", ...OWN_KEYS]);
}

function without(settings: Settings, names: readonly string[]): Settings {
  const skip = new Set(names);
  return Object.fromEntries(Object.entries(settings).filter(([key, value]) => !skip.has(key) && value !== undefined));
}

/** The same text for the same settings, in whatever order they come. */
export const keyOf = (settings: Settings): string =>
  JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Names that have two values, counting a name that is missing as a value of its own unless only some methods read it. */
export function differing(settings: readonly Settings[]): string[] {
  const names = [...new Set(settings.flatMap((one) => Object.keys(one)))].filter((name) => name !== "method");
  return names.filter((name) => {
    const having = OWN_KEYS.includes(name) ? settings.filter((one) => name in one) : settings;
    return new Set(having.map((one) => JSON.stringify(one[name]))).size > 1;
  });
}
