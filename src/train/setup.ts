/** @file From settings to everything a run needs: data, student, method, engine. Shared by training, evaluation, estimates and benches. */

import { Batches } from "../tasks/images/batches.ts";
import { loadDataset } from "../data/sets/load.ts";
import type { Task } from "../tasks/classification.ts";
import { prepareTask } from "../tasks/classification.ts";
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

/** What a run is made of. */
export interface RunParts {
  readonly config: TrainConfig;
  readonly task: Task;
  readonly batches: Batches;
  readonly trainer: Trainer;
}

/** Reads (or draws, or fetches) the data set and makes the task. */
export async function prepareData(config: TrainConfig, options: DataOptions = {}): Promise<Task> {
  const dataset = await loadDataset({
    name: config.data,
    download: config.download,
    ...(config.dataDir === undefined ? {} : { dir: config.dataDir }),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  return prepareTask({
    dataset,
    seed: config.seed,
    validSize: config.valid,
    noise: config.noise,
    augment: config.augment ? { padding: config.padMode } : { pad: 0, flip: false },
    ...(config.trainLimit === undefined ? {} : { trainLimit: config.trainLimit }),
    ...(config.testLimit === undefined ? {} : { testLimit: config.testLimit }),
    ...(config.cifarnDir === undefined ? {} : { cifarnDir: config.cifarnDir }),
  });
}

/** Batches as the settings want them. */
export function prepareBatches(config: TrainConfig, task: Task): Batches {
  if (config.validBatch > task.valid.count) {
    throw new ConfigError(
      `--valid-batch: expected at most the ${task.valid.count} validation examples (--valid), got ${config.validBatch}`,
    );
  }
  return new Batches(task, { size: config.batch, dropLast: config.dropLast, validSize: config.validBatch });
}

/** The graphs of a run on images of a shape. */
export function prepareProblem(config: TrainConfig, task: Pick<Task, "shape" | "classes">): TrainingProblem {
  if (config.freezeTeacher && config.teacherFrom === undefined)
    throw new ConfigError("--freeze-teacher: expected a teacher to keep, with --teacher-from; got none");
  const forStudent = { shape: task.shape, classes: task.classes.length };
  return new TrainingProblem(makeStudent(config.student, forStudent), forStudent, methodOf(config.method), config);
}

export async function prepareTrainer(config: TrainConfig, task: Pick<Task, "shape" | "classes">): Promise<Trainer> {
  const problem = prepareProblem(config, task);
  const engine = await selectEngine(config.engine, config);
  return new Trainer(engine, problem, config);
}
