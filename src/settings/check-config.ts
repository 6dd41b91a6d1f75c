/** @file Checks of settings that are valid by themselves but not together. They run before any data is read. */

import { parseNoise } from "../data/noise/parse.ts";
import { ConfigError } from "../errors.ts";
import { parseFeatures } from "../objectives/class-features.ts";
import { imageAim } from "../tasks/images/task.ts";
import { methodOf } from "../methods/methods.ts";
import { makeStudent } from "../models/make.ts";
import type { TrainConfig } from "../train/config.ts";
import { checkWindow } from "../train/step/problem.ts";

/** @throws ConfigError that names the wrong setting */
export function checkConfig(config: TrainConfig): void {
  if (parseNoise(config.noise).readsFiles && config.cifarnDir === undefined) {
    throw new ConfigError(`--noise ${config.noise}: expected --cifarn-dir with the label files, got none`);
  }
  // Only names are checked here, so any image shape will do.
  makeStudent(config.student, imageAim([3, 32, 32], ["0", "1"]).form);
  parseFeatures(config.features);
  checkWindow(methodOf(config.method), config);
}
