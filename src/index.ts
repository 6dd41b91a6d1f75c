/**
 * @file The library: graphs that differentiate, engines that run them, students, the teacher's hypergradient, and training runs.
 *
 * Everything that the command line does can be done from here.
 */

// Arrays and trees of arrays
export { asFloat32, float, int, item, tensor, zeros } from "./tensor.ts";
export type { Dtype, Spec, Tensor } from "./tensor.ts";
export { entries, leaves, mapTree, unflatten } from "./tree.ts";
export type { Tree } from "./tree.ts";
export { Random } from "./random.ts";

// Graphs
export { countOps, topological, trace } from "./graph/graph.ts";
export type { Graph } from "./graph/graph.ts";
export { printGraph } from "./graph/print.ts";
export type { Value } from "./graph/value.ts";
export { simplify } from "./ops/simplify.ts";

// Operations
export { expand, fill, sum, sumAll } from "./ops/broadcast.ts";
export { crossEntropy, halfSquaredNorm, logSigmoid, logSoftmax, softmax } from "./ops/compose.ts";
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
export { gather, oneHot, scatterAdd } from "./ops/gather.ts";
export { matmul, transposeMatrix } from "./ops/matmul.ts";
export { concat, pad, reshape, slice, transpose } from "./ops/movement.ts";
export { max, mean } from "./ops/reduce.ts";

// Derivatives
export { grad, gradient, hvp, vjp } from "./transform/grad.ts";
export { jvp } from "./transform/jvp.ts";

// Engines
export { runOnce } from "./engines/engine.ts";
export type { DeviceTensor, Engine, Program } from "./engines/engine.ts";
export { onnxEngine } from "./engines/onnx/onnx.ts";
export { reference } from "./engines/reference/reference.ts";
export { diagnoseEngines, selectEngine } from "./engines/select.ts";

// Networks
export { batchNorm } from "./nn/batch-norm.ts";
export { conv } from "./nn/conv.ts";
export { activation, applyNamed, childKey, initAll, rootKey, sequential } from "./nn/layer.ts";
export type { Applied, Layer, Mode, Variables } from "./nn/layer.ts";
export { constantTensor, heTensor, normalTensor, uniformTensor } from "./initial.ts";
export type { Key } from "./initial.ts";
export { linear } from "./nn/linear.ts";
export { makeStudent } from "./models/make.ts";
export { parameterCount } from "./models/student.ts";
export type { Answer, Student, StudentTask } from "./models/student.ts";

// Hypergradients
export { momentumStep } from "./optim/momentum.ts";
export type { MomentumState } from "./optim/momentum.ts";
export type { Examples, InnerProblem, Interaction, OuterProblem } from "./hyper/problem.ts";
export { studentGradient, weightedLoss } from "./hyper/problem.ts";
export { Sweep } from "./hyper/sweep.ts";
export type { Reversal, StepRecord, SweepInput, SweepResult } from "./hyper/sweep.ts";

// Methods
export { methodOf, methods } from "./methods/methods.ts";
export type { Learner } from "./methods/learning/learner.ts";
export type { Design, Method } from "./methods/method.ts";
export type { StudentView } from "./objectives/view.ts";

// Data
export { Batches } from "./tasks/images/batches.ts";
export type { Batch } from "./tasks/images/batches.ts";
export { makeDataset } from "./data/dataset.ts";
export type { Dataset, ImageSet } from "./data/dataset.ts";
export { loadDataset } from "./data/sets/load.ts";
export { prepareTask } from "./tasks/classification.ts";
export type { Task } from "./tasks/classification.ts";

// Training
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
