/**
 * @file The library: graphs that differentiate, engines that run them, students, the teacher's hypergradient,
 * and training runs.
 *
 * Everything that the command line does can be done from here.
 */

// Arrays and trees of arrays
export { asFloat32, float, int, item, tensor, zeros } from "./tensor.ts";
export type { Dtype, Spec, Tensor } from "./tensor.ts";
export { entries, leaf, leaves, mapTree, unflatten } from "./tree.ts";
export type { Arrays, Tree } from "./tree.ts";
export { Random } from "./random.ts";

// Graphs
export { countOps, topological, trace } from "./graph/graph.ts";
export type { Graph } from "./graph/graph.ts";
export { traceNamed } from "./graph/named.ts";
export type { Form, Like, NamedGraph } from "./graph/named.ts";
export { printGraph } from "./graph/print.ts";
export type { Value } from "./graph/value.ts";
export { simplified, simplify } from "./ops/simplify.ts";

// Operations
export { expand, fill, sum, sumAll } from "./ops/broadcast.ts";
export { argmax, crossEntropy, halfSquaredNorm, logSigmoid, logSoftmax, pick, softmax } from "./ops/compose.ts";
export { conv2d, conv2dInputGrad, conv2dWeightGrad } from "./ops/convolution.ts";
export type { Window } from "./ops/convolution.ts";
export {
  add,
  div,
  equal,
  exp,
  log,
  mul,
  neg,
  reciprocal,
  relu,
  sigmoid,
  softplus,
  sqrt,
  step,
  stopGradient,
  sub,
  tanh,
} from "./ops/elementwise.ts";
export { gather, iota, oneHot, scatterAdd } from "./ops/gather.ts";
export { matmul, transposeMatrix } from "./ops/matmul.ts";
export { concat, pad, reshape, slice, transpose } from "./ops/movement.ts";
export { max, mean } from "./ops/reduce.ts";

// Derivatives
export { grad, gradient, hvp, vjp } from "./transform/grad.ts";
export { jvp } from "./transform/jvp.ts";

// Engines
export { programName, Programs } from "./engines/programs.ts";
export { runOnce } from "./engines/engine.ts";
export type { DeviceTensor, Engine, Program } from "./engines/engine.ts";
export { onnxEngine } from "./engines/onnx/onnx.ts";
export { reference } from "./engines/reference/reference.ts";
export { diagnoseEngines, selectEngine } from "./engines/select.ts";

// Networks
export { batchNorm } from "./nn/batch-norm.ts";
export { conv } from "./nn/conv.ts";
export { activation, applyNamed, childKey, initAll, rootKey, sequential } from "./nn/layer.ts";
export type { Applied, Layer, Mode, PassContext, Variables } from "./nn/layer.ts";
export { constantTensor, heTensor, normalTensor, uniformTensor } from "./initial.ts";
export type { Key } from "./initial.ts";
export { linear } from "./nn/linear.ts";
export { makeStudent } from "./models/make.ts";
export { parameterCount } from "./models/student.ts";
export type { Answer, Internals, Student, StudentFamily, StudentForm } from "./models/student.ts";

// Hypergradients
export { momentumSgd } from "./optim/momentum.ts";
export type { Optimizer, OptimizerState, OptimizerStep } from "./optim/optimizer.ts";
export { adam, nesterov, sgd } from "./optim/teacher-optimizers.ts";
export type { Examples, InnerProblem, Interaction, OuterProblem } from "./hyper/problem.ts";
export { studentGradient, weightedLoss } from "./hyper/problem.ts";
export { Sweep } from "./hyper/sweep.ts";
export type { Reversal, StepRecord, SweepInput, SweepResult } from "./hyper/sweep.ts";

// Objectives
export { classObjective } from "./objectives/classes.ts";
export type { Feature, PairFeature, VectorFeature } from "./objectives/features.ts";
export type { Evaluation, Evaluator, Judgement, Objective, Score } from "./objectives/objective.ts";
export { meanOver, normalised, overTotal, shares, timesShares } from "./objectives/shares.ts";
export type { TaskSpec } from "./objectives/task-spec.ts";
export { classesOf } from "./objectives/view.ts";
export type { Moment, TrainingView, View } from "./objectives/view.ts";

// Methods
export { methodOf, methods } from "./methods/methods.ts";
export type { CleanLook } from "./methods/learning/clean-look.ts";
export type { Learner, Timing, Update, Window as LearnerWindow } from "./methods/learning/learner.ts";
export type { RehearsalPlan, Rehearser } from "./methods/learning/rehearsal.ts";
export { sweepLearner } from "./methods/learning/sweep-learner.ts";
export { TeacherStep } from "./methods/learning/teacher-step.ts";
export type { About, Design, LearnerParts, Method, Need, Selection, TeacherSignature } from "./methods/method.ts";
export type { MethodOptions } from "./methods/options.ts";
export { makeTeacher } from "./methods/teacher/teacher.ts";
export type { Teacher } from "./methods/teacher/teacher.ts";

// Data and tasks
export { makeDataset } from "./data/dataset.ts";
export type { Dataset, ImageSet } from "./data/dataset.ts";
export type { Labels } from "./data/labels.ts";
export { loadDataset } from "./data/sets/load.ts";
export { batchAt } from "./tasks/batches.ts";
export type { Batch, Batches, BatchOptions, Row } from "./tasks/batches.ts";
export { prepareClassification } from "./tasks/classification.ts";
export type { Classification } from "./tasks/classification.ts";
export { imageAim, imageTask } from "./tasks/images/task.ts";
export type { Aim, Task } from "./tasks/task.ts";

// Training
export { configOf } from "./settings/config-of.ts";
export { trainSchema } from "./train/config.ts";
export type { TrainConfig, TrainInput } from "./train/config.ts";
export { evaluate } from "./train/step/evaluation.ts";
export type { RunResults, TrainEvent, TrainHooks } from "./train/events.ts";
export { auroc, averagePrecision } from "./statistics.ts";
export { evaluationGraph, stepGraph } from "./train/step/graphs.ts";
export { TrainingProblem } from "./train/step/problem.ts";
export { train } from "./train/run.ts";
export { loadTeacher } from "./train/checkpoint/teacher-file.ts";
export type { AboutTeacher, SavedTeacher } from "./train/checkpoint/teacher-file.ts";
export { trainInThread } from "./train/thread.ts";
export { Trainer } from "./train/step/trainer.ts";
export { adoptTeacher } from "./train/checkpoint/teacher-transfer.ts";

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
