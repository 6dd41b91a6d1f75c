/**
 * @file `reweight`: training runs, students and data. Everything that the command line does can be done from
 * here. It also has all of `reweight/graph` and `reweight/methods`, the doors for those who need no more.
 */

export * from "./public/graph.ts";
export * from "./public/methods.ts";

// Networks
export { batchNorm } from "./nn/batch-norm.ts";
export { conv } from "./nn/conv.ts";
export { dropout } from "./nn/dropout.ts";
export { activation, applyNamed, childKey, initAll, rootKey, sequential } from "./nn/layer.ts";
export type { Applied, Layer, Mode, PassContext, Rng, Variables } from "./nn/layer.ts";
export { constantTensor, heTensor, normalTensor, uniformTensor } from "./initial.ts";
export type { Key } from "./initial.ts";
export { linear } from "./nn/linear.ts";
export { makeStudent } from "./public/runs.ts";
export { parameterCount } from "./models/student.ts";
export type { Answer, Internals, Student, StudentFamily, StudentForm } from "./models/student.ts";

// Data and tasks
export { makeDataset } from "./data/dataset.ts";
export type { Dataset, ImageSet } from "./data/dataset.ts";
export type { Labels } from "./data/labels.ts";
export type { KnownLabels } from "./data/own/known-labels.ts";
export { loadDataset } from "./public/runs.ts";
export { batchAt } from "./tasks/batches.ts";
export type { Batch, Batches, BatchOptions, Row } from "./tasks/batches.ts";
export { prepareClassification } from "./public/runs.ts";
export type { Classification } from "./tasks/classification.ts";
export { imageAim, imageTask } from "./tasks/images/task.ts";
export type { Aim, Task } from "./tasks/task.ts";

// Training
export { adoptTeacher, configOf, loadTeacher, train, TrainingProblem, trainInThread } from "./public/runs.ts";
export type { TrainConfig, TrainInput } from "./train/config.ts";
export { evaluate } from "./train/step/evaluation.ts";
export type { RunResults, TrainEvent, TrainHooks } from "./train/events.ts";
export { auroc, averagePrecision } from "./statistics.ts";
export { evaluationGraph, stepGraph } from "./train/step/graphs.ts";
export type { AboutTeacher, SavedTeacher } from "./train/checkpoint/teacher-file.ts";
export { Trainer } from "./train/step/trainer.ts";

// Scores of text
export { bleuLine, corpusBleu } from "./objectives/bleu.ts";
export type { Bleu, BleuOptions } from "./objectives/bleu.ts";

// Errors
export {
  CheckpointError,
  ConfigError,
  DataError,
  DivergedError,
  DtypeError,
  EngineError,
  ReweightError,
  ShapeError,
} from "./errors.ts";
