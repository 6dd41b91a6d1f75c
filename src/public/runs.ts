/**
 * @file Runs from a program: the functions behind the command line, whose errors name a program's arguments.
 */

import * as dataset from "../data/sets/load.ts";
import * as students from "../models/make.ts";
import * as settings from "../settings/config-of.ts";
import * as classification from "../tasks/classification.ts";
import * as teacherFile from "../train/checkpoint/teacher-file.ts";
import * as transfer from "../train/checkpoint/teacher-transfer.ts";
import type { TrainInput } from "../train/config.ts";
import type { RunResults, TrainHooks } from "../train/events.ts";
import * as run from "../train/run.ts";
import * as problem from "../train/step/problem.ts";
import * as thread from "../train/thread.ts";
import { forPrograms } from "./for-programs.ts";

/**
 * A run's settings, complete and checked.
 * @throws ConfigError with one sentence for each setting that is wrong: its name, what was expected, what was
 *   found
 */
export const configOf = forPrograms(settings.configOf);

/**
 * Trains in this thread; settings that are left out have their defaults. Engines may block the thread for the
 * length of a step: use `trainInThread` if the event loop must stay free.
 * @throws ConfigError, DataError, EngineError, CheckpointError, DivergedError
 */
export const train = forPrograms(async (given: TrainInput = {}, hooks: TrainHooks = {}): Promise<RunResults> =>
  run.train(await settings.configWithSource(given), hooks),
);

/**
 * Trains like `train`, but in a worker thread.
 * @throws ConfigError, DataError, EngineError, CheckpointError, DivergedError
 */
export const trainInThread = forPrograms(async (given: TrainInput = {}, hooks: TrainHooks = {}): Promise<RunResults> =>
  thread.trainInThread(await settings.configWithSource(given), hooks),
);

/**
 * Loads a data set.
 * @throws ConfigError for an unknown name, DataError if files are missing, damaged or cannot be fetched
 * @example await loadDataset({ name: "cifar10", dir: "data", download: true })
 */
export const loadDataset = forPrograms(dataset.loadDataset, { dataDir: "dir" });

/**
 * Splits a data set into training, validation and test examples, then draws the label noise.
 * @throws ConfigError for a size or a noise that does not fit the data, DataError for label files that do not
 */
export const prepareClassification = forPrograms(classification.prepareClassification, { valid: "validSize" });

/** The student called `name`. @throws ConfigError for a name that no family has, listing those there are */
export const makeStudent = forPrograms(students.makeStudent, { student: "name" });

/**
 * Reads a teacher from a run's folder or a file.
 * @throws ConfigError when there is none, CheckpointError when damaged
 */
export const loadTeacher = forPrograms(teacherFile.loadTeacher, { teacherFrom: "path" });

/**
 * Gives a trainer the teacher of another run.
 * @throws ConfigError when it does not fit the trainer's method or data
 */
export const adoptTeacher = forPrograms(transfer.adoptTeacher, { teacherFrom: "teacher" });

/**
 * The bilevel problem of a student, a task and a method.
 * @throws ConfigError when they do not fit each other
 */
export const TrainingProblem = forPrograms(problem.TrainingProblem);
export type TrainingProblem = problem.TrainingProblem;
