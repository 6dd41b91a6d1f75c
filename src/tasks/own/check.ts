/** @file Settings that do not go together with data of one's own, before any is read. */

import { parseNoise } from "../../data/noise/parse.ts";
import { ConfigError } from "../../errors.ts";
import type { DataSettings } from "../kind.ts";

/** @throws ConfigError naming the setting */
export function checkOwn({ data, noise, dataDir, download }: DataSettings): void {
  for (const [name, value] of Object.entries({ "data-dir": dataDir, download: download || undefined }))
    if (value !== undefined) throw new ConfigError(`--${name}: belongs to the built-in data sets; --data is ${data}`);
  const { text, readsFiles } = parseNoise(noise);
  if (readsFiles || text === "given")
    throw new ConfigError(
      `--noise ${noise}: belongs to built-in data sets. Data of your own have the labels that they were given; ` +
        "uniform:P and flip2:P draw noise on these, for experiments",
    );
}

/** Settings of a path alone, without those that have a default. */
const OWN = [
  "format",
  "columns",
  "featureColumns",
  "labels",
  "root",
  "classes",
  "trusted",
  "imageSize",
  "cache",
] as const;

/** Settings of a path that have a default. */
const OWN_DEFAULTS = { fit: "crop", grey: false, flip: true, testShare: 0.3, badFiles: "stop" } as const;

/** @throws ConfigError for a setting that belongs to a path, given with the name of a data set */
export function refuseOwn(settings: DataSettings): void {
  const changed = (Object.keys(OWN_DEFAULTS) as (keyof typeof OWN_DEFAULTS)[]).filter(
    (name) => settings[name] !== OWN_DEFAULTS[name],
  );
  const [given] = [...OWN.filter((name) => settings[name] !== undefined), ...changed];
  if (given === undefined) return;
  const option = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new ConfigError(`--${option}: belongs to a path to data of your own; --data is ${settings.data}`);
}
