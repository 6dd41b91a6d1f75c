/**
 * @file One row per differentiable op: a call, shapes of operands, and the range of their numbers. The tests of laws
 * and of conformance walk this table.
 */

import type { Value } from "../../src/graph/value.ts";
import { expand, sum } from "../../src/ops/broadcast.ts";
import { argmax, crossEntropy, logSigmoid, logSoftmax, softmax } from "../../src/ops/compose.ts";
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from "../../src/ops/convolution.ts";
import * as e from "../../src/ops/elementwise.ts";
import { gather, iota, oneHot, scatterAdd } from "../../src/ops/gather.ts";
import { mergeHeads, splitHeads } from "../../src/ops/heads.ts";
import { keepMask } from "../../src/ops/keep-mask.ts";
import { foldedMatmul, matmul, transposeMatrix } from "../../src/ops/matmul.ts";
import { concat, pad, reshape, slice, transpose } from "../../src/ops/movement.ts";
import { placeVectors } from "../../src/ops/place-vectors.ts";
import { max } from "../../src/ops/reduce.ts";
import { put, take } from "../../src/ops/take.ts";
import { Random } from "../../src/random.ts";
import type { Spec, Tensor } from "../../src/tensor.ts";
import { float, int, sizeOf, tensor } from "../../src/tensor.ts";

export interface OpCase {
  readonly name: string;
  /** The op that this row tests. */
  readonly op: string;
  readonly f: (...x: Value[]) => Value;
  readonly specs: readonly Spec[];
  /** Interval of the float operands, default [−2, 2]; numbers near 0, where kinks are, are avoided. */
  readonly range?: readonly [number, number];
  /** Exclusive bound of integer operands. */
  readonly below?: number;
}

const x34 = float([3, 4]);
/** Extents of a convolution: N, C and O, an image of `extent` × (`extent` + 1) pixels, a square kernel. */
export interface ConvolutionExtents {
  readonly N: number;
  readonly C: number;
  readonly O: number;
  readonly extent: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}

/** One row for each of the three ops of a convolution. */
export function convolutionCases(
  name: string,
  { N, C, O, extent, kernel, stride, pad: padding }: ConvolutionExtents,
): OpCase[] {
  const window = { stride, pad: padding };
  const out = (pixels: number): number => Math.floor((pixels + 2 * padding - kernel) / stride) + 1;
  const x = float([N, C, extent, extent + 1]);
  const w = float([O, C, kernel, kernel]);
  const g = float([N, O, out(extent), out(extent + 1)]);
  return [
    { name: `conv2d ${name}`, op: "conv2d", f: (a, b) => conv2d(a, b, window), specs: [x, w] },
    {
      name: `conv2dInputGrad ${name}`,
      op: "conv2dInputGrad",
      f: (a, b) => conv2dInputGrad(a, b, [extent, extent + 1], window),
      specs: [g, w],
    },
    {
      name: `conv2dWeightGrad ${name}`,
      op: "conv2dWeightGrad",
      f: (a, b) => conv2dWeightGrad(a, b, [kernel, kernel], window),
      specs: [x, g],
    },
  ];
}

const conv = (stride: number, padding: number, kernel: number, extent = 5): OpCase[] =>
  convolutionCases(`${kernel}×${kernel}, stride ${stride}, pad ${padding}`, {
    N: 2,
    C: 3,
    O: 4,
    extent,
    kernel,
    stride,
    pad: padding,
  });

const unary = (op: keyof typeof e, range?: readonly [number, number]): OpCase => ({
  name: op,
  op,
  f: (x) => (e[op] as (x: Value) => Value)(x),
  specs: [x34],
  ...(range ? { range } : {}),
});

export const opCases: readonly OpCase[] = [
  unary("neg"),
  unary("exp", [-2, 2]),
  unary("log", [0.3, 3]),
  unary("sqrt", [0.3, 3]),
  unary("reciprocal", [0.4, 2]),
  unary("tanh"),
  unary("sigmoid"),
  unary("softplus"),
  unary("relu"),
  unary("step"),
  { name: "stopGradient", op: "stopGradient", f: (x) => e.stopGradient(x), specs: [x34] },
  { name: "add", op: "add", f: (a, b) => e.add(a, b), specs: [x34, x34] },
  { name: "add, broadcast", op: "add", f: (a, b) => e.add(a, b), specs: [x34, float([4])] },
  { name: "sub", op: "sub", f: (a, b) => e.sub(a, b), specs: [x34, x34] },
  { name: "mul", op: "mul", f: (a, b) => e.mul(a, b), specs: [x34, x34] },
  { name: "mul, broadcast both ways", op: "mul", f: (a, b) => e.mul(a, b), specs: [float([3, 1]), float([1, 4])] },
  { name: "div", op: "mul", f: (a, b) => e.div(a, b), specs: [x34, x34], range: [0.5, 2] },
  { name: "equal", op: "equal", f: (a, b) => e.equal(a, b), specs: [x34, x34] },
  { name: "iota", op: "iota", f: (a) => e.mul(a, iota(4)), specs: [x34] },
  { name: "placeVectors", op: "placeVectors", f: (a) => e.mul(a, placeVectors(3, 4)), specs: [x34] },
  { name: "argmax", op: "iota", f: (a) => e.mul(a, reshape(argmax(a), [3, 1])), specs: [x34] },
  { name: "fill", op: "fill", f: (a) => e.mul(a, 2.5), specs: [x34] },
  { name: "expand", op: "expand", f: (a) => expand(a, [2, 3, 4]), specs: [float([3, 1])] },
  { name: "sum over one axis", op: "sum", f: (a) => sum(a, [1]), specs: [float([2, 3, 4])] },
  { name: "sum over two axes", op: "sum", f: (a) => sum(a, [0, 2]), specs: [float([2, 3, 4])] },
  { name: "max over one axis", op: "max", f: (a) => max(a, [1]), specs: [float([3, 5])] },
  { name: "max over two axes", op: "max", f: (a) => max(a, [1, 3]), specs: [float([2, 2, 3, 2])] },
  { name: "reshape", op: "reshape", f: (a) => reshape(a, [2, 6]), specs: [x34] },
  { name: "transpose", op: "transpose", f: (a) => transpose(a, [2, 0, 1]), specs: [float([2, 3, 4])] },
  { name: "slice", op: "slice", f: (a) => slice(a, { start: [1, 0], size: [2, 3] }), specs: [x34] },
  {
    name: "slice, strided",
    op: "slice",
    f: (a) => slice(a, { start: [0, 1], size: [2, 2], step: [2, 2] }),
    specs: [x34],
  },
  { name: "pad", op: "pad", f: (a) => pad(a, { low: [1, 0], high: [0, 2] }), specs: [x34] },
  {
    name: "pad, interior",
    op: "pad",
    f: (a) => pad(a, { low: [1, 0], high: [0, 1], interior: [1, 2] }),
    specs: [x34],
  },
  { name: "concat", op: "concat", f: (a, b) => concat([a, b], 1), specs: [x34, float([3, 2])] },
  { name: "matmul", op: "matmul", f: (a, b) => matmul(a, b), specs: [x34, float([4, 2])] },
  { name: "matmul, batched", op: "matmul", f: (a, b) => matmul(a, b), specs: [float([2, 3, 4]), float([2, 4, 2])] },
  {
    name: "matmul, aᵀ b",
    op: "matmul",
    f: (a, b) => foldedMatmul(matmul(transposeMatrix(a), b))!,
    specs: [float([4, 3]), float([4, 2])],
  },
  {
    name: "matmul, a bᵀ, batched",
    op: "matmul",
    f: (a, b) => foldedMatmul(matmul(a, transposeMatrix(b)))!,
    specs: [float([2, 3, 4]), float([2, 5, 4])],
  },
  {
    name: "matmul, aᵀ bᵀ, batched",
    op: "matmul",
    f: (a, b) => foldedMatmul(matmul(transposeMatrix(a), transposeMatrix(b)))!,
    specs: [float([2, 4, 3]), float([2, 5, 4])],
  },
  ...conv(1, 1, 3),
  ...conv(2, 1, 3),
  ...conv(1, 0, 3),
  ...conv(2, 0, 1),
  ...conv(2, 2, 5, 7),
  { name: "gather", op: "gather", f: (t, i) => gather(t, i), specs: [float([5, 3]), int([4])], below: 5 },
  {
    name: "scatterAdd",
    op: "scatterAdd",
    f: (r, i) => scatterAdd(r, i, 5),
    specs: [float([4, 3]), int([4])],
    below: 5,
  },
  { name: "oneHot", op: "oneHot", f: (i, x) => e.mul(oneHot(i, 4), x), specs: [int([3]), x34], below: 4 },
  { name: "take", op: "take", f: (x, i) => take(x, i), specs: [x34, int([3])], below: 4 },
  { name: "put", op: "put", f: (x, i) => put(x, i, 4), specs: [float([3]), int([3])], below: 4 },
  { name: "splitHeads", op: "splitHeads", f: (x) => splitHeads(x, 2, 3), specs: [float([6, 4])] },
  { name: "mergeHeads", op: "mergeHeads", f: (x) => mergeHeads(x, 2), specs: [float([4, 3, 2])] },
  {
    name: "keepMask",
    op: "keepMask",
    f: (key, x) => e.mul(keepMask(key, [3, 4], { rate: 0.4, site: 3 }), x),
    specs: [int([4]), x34],
    below: 2 ** 31,
  },
  { name: "softmax", op: "exp", f: (x) => softmax(x, 1), specs: [x34] },
  { name: "log-softmax", op: "log", f: (x) => logSoftmax(x, 1), specs: [x34] },
  { name: "log-sigmoid", op: "softplus", f: (x) => logSigmoid(x), specs: [x34] },
  { name: "cross-entropy", op: "log", f: (x, y) => crossEntropy(x, y), specs: [x34, int([3])], below: 4 },
];

/** Operands for a row; different for each `draw`. */
export function operands({ name, specs, range = [-2, 2], below = 1 }: OpCase, draw = 0): Tensor[] {
  const random = new Random(11, name, draw);
  const [low, high] = range;
  return specs.map(({ shape, dtype }) => {
    const size = sizeOf(shape);
    if (dtype === "int")
      return tensor(
        Int32Array.from({ length: size }, () => random.integer(below)),
        shape,
      );
    // Away from zero, where relu and step have a kink.
    const number = (): number => {
      const value = low + (high - low) * random.uniform();
      return Math.abs(value) < 0.05 ? value + 0.1 : value;
    };
    return tensor(Float64Array.from({ length: size }, number), shape);
  });
}
