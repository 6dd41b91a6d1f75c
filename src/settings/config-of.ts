/** @file Settings from a program: the library's door to what the command line checks. */

import type { TrainConfig, TrainInput } from "../train/config.ts";
import { trainSchema } from "../train/config.ts";
import { checkConfig } from "./check-config.ts";
import { resolve } from "./resolve.ts";

/**
 * A run's settings, complete and checked.
 * @throws ConfigError with one sentence for each setting that is wrong: its name, what was expected, what was found
 */
export function configOf(settings: TrainInput = {}): TrainConfig {
  const config = resolve(trainSchema, [{ values: { ...settings } }]);
  checkConfig(config);
  return config;
}
