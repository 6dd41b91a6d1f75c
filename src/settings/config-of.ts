/** @file Settings from a program: the library's door to what the command line checks. */

import type { TrainConfig, TrainInput } from "../train/config.ts";
import { trainSchema } from "../train/config.ts";
import { checkConfig } from "./check-config.ts";
import type { Layer } from "./resolve.ts";
import { resolve } from "./resolve.ts";
import { withSource } from "./source-settings.ts";

/**
 * A run's settings, complete and checked.
 * @throws ConfigError with one sentence for each setting that is wrong: its name, what was expected, what was found
 */
export function configOf(settings: TrainInput = {}): TrainConfig {
  return checked([{ values: { ...settings } }]);
}

/**
 * The same where `data` may be a path, which is read for the settings that it gives.
 * @throws ConfigError, and DataError for what is wrong with what lies there
 */
export const configWithSource = async (settings: TrainInput = {}): Promise<TrainConfig> =>
  checked(await withSource([{ values: { ...settings } }]));

function checked(layers: readonly Layer[]): TrainConfig {
  const config = resolve(trainSchema, layers);
  checkConfig(config);
  return config;
}
