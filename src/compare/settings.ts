/** @file Settings in a comparison: those that make two runs different, and those that only some methods read. Pure. */

import { methods } from "../methods/methods.ts";
import { settingsReadBy } from "../methods/method.ts";
import type { Settings } from "../train/setting-facts.ts";
import { COMPARED_ACROSS, keysWith } from "../train/setting-facts.ts";
import type { RunRecord } from "../train/record/run-record.ts";

/** Settings of trusted examples in training, which are part of a method. */
export const TRUSTED_KEYS: readonly string[] = keysWith(({ trusted }) => trusted === true);
/** Settings that only some methods read. They do not affect a run with another method. */
const METHOD_KEYS: readonly string[] = [...new Set(methods.flatMap(settingsReadBy))].filter(
  (key) => !TRUSTED_KEYS.includes(key),
);
const LEARNERS_KEYS: readonly string[] = [...keysWith(({ teacher }) => teacher === true), ...METHOD_KEYS];
/** Settings that only some methods or teachers read. */
const OWN_KEYS: readonly string[] = [...LEARNERS_KEYS, ...TRUSTED_KEYS];

/** Settings that have no effect on a run with these settings. */
export function unread(config: RunRecord["config"]): readonly string[] {
  const { method, trainOnTrusted } = config;
  const own = methods.find(({ name }) => name === method);
  if (!own) return [];
  const read = settingsReadBy(own);
  // Phases of its own do not ask how often a trusted example is drawn.
  const copies = trainOnTrusted > 0 && !own.phases ? [] : ["trustedCopies"];
  const ofMethods = (own.baseline ? LEARNERS_KEYS : METHOD_KEYS).filter((key) => !read.includes(key));
  return [...ofMethods, ...copies, ...unreadByStep(config)];
}

/** Of settings of the student's steps those of the other optimiser or schedule. Records of 0.1.0 name neither. */
function unreadByStep({ optimizer = "momentum", schedule = "steps" }: RunRecord["config"]): string[] {
  return [
    ...(optimizer === "adam" ? ["momentum"] : ["adamBeta1", "adamBeta2", "adamEpsilon"]),
    ...(schedule === "steps" ? [] : ["milestones"]),
  ];
}

/** Settings that determine a run's results, except its seed. */
export function essence({ config }: RunRecord): Settings {
  return without(config, ["seed", ...COMPARED_ACROSS, ...unread(config)]);
}

/** Conditions of a run: its essence without the method and the settings of methods and teachers. */
export function conditions(run: RunRecord): Settings {
  return without(essence(run), ["method", ...OWN_KEYS]);
}

function without(settings: Settings, names: readonly string[]): Settings {
  const skip = new Set(names);
  return Object.fromEntries(Object.entries(settings).filter(([key, value]) => !skip.has(key) && value !== undefined));
}

/** Key of settings, independent of their order. */
export const keyOf = (settings: Settings): string =>
  JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Names with more than one value. A missing name counts as a value, unless only some methods read it. */
export function differing(settings: readonly Settings[]): string[] {
  const names = [...new Set(settings.flatMap((one) => Object.keys(one)))].filter((name) => name !== "method");
  return names.filter((name) => {
    const having = OWN_KEYS.includes(name) ? settings.filter((one) => name in one) : settings;
    return new Set(having.map((one) => JSON.stringify(one[name]))).size > 1;
  });
}
