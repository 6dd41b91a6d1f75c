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
