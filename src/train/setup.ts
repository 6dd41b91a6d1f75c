/**
 * @file Setup of a run from its settings: data, student, method and engine. Training, evaluation, estimates and benches
 * share it.
 */

import type { BatchOptions, Batches } from "../tasks/batches.ts";
import type { Diet } from "../tasks/diet.ts";
import { shareOfTrusted } from "../tasks/diet.ts";
import type { DataOptions } from "../tasks/kind.ts";
import { kindOf, studentFor } from "../tasks/kinds.ts";
import type { Aim, Task } from "../tasks/task.ts";
import { guidesOf } from "../tasks/task.ts";
import { selectEngine } from "../engines/select.ts";
import { methodOf } from "../methods/methods.ts";
import { ConfigError } from "../errors.ts";
import type { TrainConfig } from "./config.ts";
import { lackOfTrusted } from "./lack-of-trusted.ts";
import { TrainingProblem } from "./step/problem.ts";
import { Trainer } from "./step/trainer.ts";

/** Parts of a run. */
export interface RunParts {
  readonly config: TrainConfig;
  readonly task: Task;
  readonly batches: Batches;
  readonly trainer: Trainer;
}

/** Task of a run, with its data loaded. */
export const prepareData = (config: TrainConfig, options: DataOptions = {}): Promise<Task> =>
  kindOf(config).prepare(config, options);

/** Batches by the settings. @throws ConfigError if a clean batch is larger than the validation part */
export function prepareBatches(config: TrainConfig, task: Task): Batches {
  const { trusted } = task.parts;
  if (config.trainOnTrusted > 0 && trusted.count === 0) {
    throw new ConfigError(
      `--train-on-trusted: expected a share with at least one whole example of a class, got ${config.trainOnTrusted} of ${config.valid} trusted ` +
        "examples, rounded down in each class. Raise it, or --valid",
    );
  }
  const guides = guidesOf(task.parts).count;
  if (guides > 0 && config.validBatch > guides) {
    const trained =
      trusted.count > 0 && guides < config.valid ? `, without the ${trusted.count} of --train-on-trusted` : "";
    throw new ConfigError(
      `--valid-batch: expected at most the ${guides} validation examples (--valid${trained}), got ${config.validBatch}`,
    );
  }
  return trusted.count > 0
    ? task.batches({ ...sizesOf(config), diet: dietOf(config, task) })
    : untrustedBatches(config, task);
}

/** Batches of untrusted examples alone, whatever the settings say of trusted ones. */
export const untrustedBatches = (config: TrainConfig, task: Task): Batches => task.batches(sizesOf(config));

const sizesOf = ({ batch, dropLast, validBatch }: TrainConfig): BatchOptions => ({
  size: batch,
  dropLast,
  cleanSize: validBatch,
});

/** Trusted rows of the run's batches: as the method says, or else by `--trusted-copies` throughout. */
function dietOf(config: TrainConfig, task: Task): Diet {
  const phases = methodOf(config.method).phases?.(config) ?? [{ from: 0, share: mixedShare(config, task) }];
  return phases.map(({ from, share }) => ({ fromPass: from * config.epochs, share }));
}

/** Share of trusted rows by `--trusted-copies`. @throws ConfigError where it leaves no row for untrusted examples */
function mixedShare({ batch, trustedCopies }: TrainConfig, { parts: { train, trusted } }: Task): number {
  const mixed = shareOfTrusted(train.count, trusted.count, trustedCopies);
  if (mixed * batch > batch - 1) {
    throw new ConfigError(
      `--trusted-copies: expected batches with room for untrusted examples, got ${trustedCopies} for each of ${trusted.count} trusted ` +
        `examples beside ${train.count} untrusted ones, which leaves ${((1 - mixed) * batch).toFixed(2)} rows of ${batch}. ` +
        "Lower it, or train on trusted examples alone with --method trusted-only",
    );
  }
  return mixed;
}

/** Bilevel problem of a run. */
export function prepareProblem(config: TrainConfig, aim: Aim): TrainingProblem {
  if (config.freezeTeacher && config.teacherFrom === undefined)
    throw new ConfigError("--freeze-teacher: expected a teacher to keep, with --teacher-from; got none");
  const problem = new TrainingProblem(
    studentFor(config, config.student, aim.form),
    aim,
    methodOf(config.method),
    config,
  );
  const { learning } = problem.design;
  if (config.valid === 0 && learning) {
    throw lackOfTrusted(config, `--method ${config.method} learns from them`);
  }
  if (config.trainOnTrusted === 1 && learning?.by === "rehearsals" && !learning.plan.withoutTrusted) {
    throw new ConfigError(
      `--train-on-trusted: expected less than 1, since --method ${config.method} learns from clean examples that the student is not trained on; got 1`,
    );
  }
  return problem;
}

export async function prepareTrainer(config: TrainConfig, aim: Aim): Promise<Trainer> {
  const problem = prepareProblem(config, aim);
  const engine = await selectEngine(config.engine, config);
  return new Trainer(engine, problem, config);
}
