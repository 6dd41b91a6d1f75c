/**
 * @file `reweight/graph`: arrays, graphs that differentiate, their ops and derivatives, and the engines that
 * run them. Nothing here knows of training.
 */

// Arrays and trees of arrays
export { asFloat32, float, int, item, tensor, zeros } from "../tensor.ts";
export type { Dtype, Spec, Tensor } from "../tensor.ts";
export { entries, leaf, leaves, mapTree, unflatten } from "../tree.ts";
export type { Arrays, Tree } from "../tree.ts";
export { Random, stepKey } from "../random.ts";

// Graphs
export { countOps, topological, trace } from "../graph/graph.ts";
export type { Graph } from "../graph/graph.ts";
export { traceNamed } from "../graph/named.ts";
export type { Form, Like, NamedGraph } from "../graph/named.ts";
export { printGraph } from "../graph/print.ts";
export type { Value } from "../graph/value.ts";
export { simplified, simplify } from "../ops/simplify.ts";

// Operations
export { expand, fill, sum, sumAll } from "../ops/broadcast.ts";
export { argmax, crossEntropy, halfSquaredNorm, logSigmoid, logSoftmax, pick, softmax } from "../ops/compose.ts";
export { conv2d, conv2dInputGrad, conv2dWeightGrad } from "../ops/convolution.ts";
export type { Window } from "../ops/convolution.ts";
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
} from "../ops/elementwise.ts";
export { gather, iota, oneHot, scatterAdd } from "../ops/gather.ts";
export { mergeHeads, splitHeads } from "../ops/heads.ts";
export { keepMask } from "../ops/keep-mask.ts";
export { matmul, transposeMatrix } from "../ops/matmul.ts";
export { concat, pad, reshape, slice, transpose } from "../ops/movement.ts";
export { max, mean } from "../ops/reduce.ts";
export { put, take } from "../ops/take.ts";

// Ops of one's own
export { defineOp } from "../ops/define.ts";
export type { OpDef, NdArray, OnnxBuilder, OnnxEquation } from "../ops/define.ts";
export { registerOp } from "../ops/index.ts";
export type { Attrs } from "../graph/value.ts";

// Derivatives
export { grad, gradient, hvp, vjp } from "../transform/grad.ts";
export { jvp } from "../transform/jvp.ts";

// Engines
export { programName, Programs } from "../engines/programs.ts";
export { runOnce } from "../engines/engine.ts";
export type { DeviceTensor, Engine, Program } from "../engines/engine.ts";
export { onnxEngine } from "../engines/onnx/onnx.ts";
export { reference } from "../engines/reference/reference.ts";
export { diagnoseEngines } from "../engines/select.ts";
export { selectEngine } from "./named.ts";
