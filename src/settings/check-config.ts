/** @file Checks of settings that are valid by themselves but not together. They run before any data is read. */

import { ConfigError } from "../errors.ts";
import { parseFeatures } from "../objectives/class-features.ts";
import { kindOf, studentFor } from "../tasks/kinds.ts";
import type { TaskKind } from "../tasks/kind.ts";
import type { Method } from "../methods/method.ts";
import { methodOf } from "../methods/methods.ts";
import type { TrainConfig } from "../train/config.ts";
import { trainFields } from "../train/config.ts";
import { FACTS } from "../train/setting-facts.ts";
import { kebab } from "./settings.ts";
import { lackOfTrusted } from "../train/lack-of-trusted.ts";
import { checkNeeds, checkWindow } from "../train/step/problem.ts";

/** @throws ConfigError that names the wrong setting */
export function checkConfig(config: TrainConfig): void {
  const kind = kindOf(config);
  checkKind(kind, config);
  kind.check(config);
  // Only names are checked here, so any shape will do.
  studentFor(config, config.student, kind.madeUp.aim.form);
  parseFeatures(config.features);
  const method = methodOf(config.method);
  checkNeeds(method, kind.madeUp.aim.objective, config);
  checkWindow(method, config);
  checkTrusted(method, config);
}

/** @throws ConfigError for a setting that the kind of task does not read, with another value than its default */
function checkKind({ name }: TaskKind, config: TrainConfig): void {
  for (const [key, { of }] of FACTS) {
    if (of === undefined || of.includes(name)) continue;
    const value = config[key as keyof TrainConfig];
    const usual: unknown = trainFields.shape[key as keyof TrainConfig].parse(undefined);
    // 0 says that there is none, as leaving it out does.
    if (value === usual || (value === 0 && usual === undefined)) continue;
    throw new ConfigError(
      `--${kebab(key)}: expected it with ${of.join(" or ")}, got ${String(value)} with ${name}. Leave it out`,
    );
  }
}

/** @throws ConfigError for trusted examples that a baseline must train on and does not, or the reverse */
function checkTrusted({ name, trusted }: Method, config: TrainConfig): void {
  const { trainOnTrusted, valid } = config;
  if (trusted === "never" && trainOnTrusted > 0) {
    throw new ConfigError(
      `--train-on-trusted: expected 0 with --method ${name}, which trains on untrusted examples alone, got ${trainOnTrusted}. Use --method mixed`,
    );
  }
  if (trusted === "always" && trainOnTrusted === 0) {
    throw new ConfigError(
      `--train-on-trusted: expected more than 0 with --method ${name}, which trains on trusted examples, got 0. Leave the option out, or use --method uniform`,
    );
  }
  if (trainOnTrusted > 0 && valid === 0) {
    const who = trusted === "always" ? `--method ${name}` : "--train-on-trusted";
    throw lackOfTrusted(config, `${who} trains on them`, ". Give their number, or use --method uniform");
  }
}
