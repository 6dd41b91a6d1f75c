/**
 * @file Setup of a run from its settings: data, student, method and engine. Training, evaluation, estimates and benches
 * share it.
 */

import { loadDataset } from "../data/sets/load.ts";
import type { Batches } from "../tasks/batches.ts";
import type { Classification } from "../tasks/classification.ts";
import { prepareClassification } from "../tasks/classification.ts";
import { imageTask } from "../tasks/images/task.ts";
import type { Aim, Task } from "../tasks/task.ts";
import { selectEngine } from "../engines/select.ts";
import { methodOf } from "../methods/methods.ts";
import { makeStudent } from "../models/make.ts";
import { ConfigError } from "../errors.ts";
import type { TrainConfig } from "./config.ts";
import { TrainingProblem } from "./step/problem.ts";
import { Trainer } from "./step/trainer.ts";

export interface DataOptions {
  readonly onProgress?: (progress: {
    readonly file: string;
    readonly received: number;
    readonly total: number | undefined;
  }) => void;
  readonly signal?: AbortSignal;
}

/** Parts of a run. */
export interface RunParts {
  readonly config: TrainConfig;
  readonly task: Task;
  readonly batches: Batches;
  readonly trainer: Trainer;
}

/** Loads the data set (from disk, by download or by generation), splits it and adds label noise. */
export async function prepareExamples(config: TrainConfig, options: DataOptions = {}): Promise<Classification> {
  const dataset = await loadDataset({
    name: config.data,
    download: config.download,
    ...(config.dataDir === undefined ? {} : { dir: config.dataDir }),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  return prepareClassification({
    dataset,
    seed: config.seed,
    validSize: config.valid,
    noise: config.noise,
    augment: config.augment ? { padding: config.padMode } : { pad: 0, flip: false },
    ...(config.trainLimit === undefined ? {} : { trainLimit: config.trainLimit }),
    ...(config.testLimit === undefined ? {} : { testLimit: config.testLimit }),
    ...(config.noiseSeed === undefined ? {} : { noiseSeed: config.noiseSeed }),
    ...(config.cifarnDir === undefined ? {} : { cifarnDir: config.cifarnDir }),
  });
}

/** Task of a run, with its data loaded. */
export const prepareData = async (config: TrainConfig, options: DataOptions = {}): Promise<Task> =>
  imageTask(await prepareExamples(config, options));

/** Batches by the settings. @throws ConfigError if a clean batch is larger than the validation part */
export function prepareBatches(config: TrainConfig, task: Task): Batches {
  const { valid } = task.parts;
  if (valid.count > 0 && config.validBatch > valid.count) {
    throw new ConfigError(
      `--valid-batch: expected at most the ${valid.count} validation examples (--valid), got ${config.validBatch}`,
    );
  }
  return task.batches({ size: config.batch, dropLast: config.dropLast, cleanSize: config.validBatch });
}

/** Bilevel problem of a run. */
export function prepareProblem(config: TrainConfig, aim: Aim): TrainingProblem {
  if (config.freezeTeacher && config.teacherFrom === undefined)
    throw new ConfigError("--freeze-teacher: expected a teacher to keep, with --teacher-from; got none");
  const problem = new TrainingProblem(makeStudent(config.student, aim.form), aim, methodOf(config.method), config);
  if (config.valid === 0 && problem.design.learning) {
    throw new ConfigError(`--valid: expected clean examples, since --method ${config.method} learns from them; got 0`);
  }
  return problem;
}

export async function prepareTrainer(config: TrainConfig, aim: Aim): Promise<Trainer> {
  const problem = prepareProblem(config, aim);
  const engine = await selectEngine(config.engine, config);
  return new Trainer(engine, problem, config);
}
