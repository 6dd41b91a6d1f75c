/**
 * @file Elementwise operations. The public functions broadcast as NumPy does and accept numbers; the ops themselves
 * require equal shapes.
 */

import { ShapeError } from "../errors.ts";
import type { Attrs, Value } from "../graph/value.ts";
import type { Spec } from "../tensor.ts";
import { sameShape } from "../tensor.ts";
import { broadcastShape, expand, fill } from "./broadcast.ts";
import type { ElementwiseOp, NdArray, OpDef } from "./define.ts";
import { apply, defineOp, expectDtype, result } from "./define.ts";
import { show } from "./strides.ts";

/** An operand of a binary function: a graph value or a plain number. */
export type Operand = Value | number;

const sameFloat = (op: string, [a, b]: readonly Spec[]): Spec => {
  expectDtype(op, "float", a!, ...(b ? [b] : []));
  if (b && !sameShape(a!.shape, b.shape)) {
    throw new ShapeError(`${op}: expected equal shapes, got ${show(a!.shape)} and ${show(b.shape)}`);
  }
  return { shape: a!.shape, dtype: "float" };
};

function map(spec: Spec, inputs: readonly NdArray[], f: (a: number, b: number) => number): NdArray {
  const a = inputs[0]!.data;
  const b = (inputs[1] ?? inputs[0]!).data;
  const data = new Float64Array(a.length);
  for (let i = 0; i < data.length; i++) data[i] = f(a[i]!, b[i]!);
  return result(spec, data);
}

/** A unary op from its function, its slope in terms of x and y = f(x), and its ONNX name. */
function unary(
  name: string,
  onnxName: string,
  f: (x: number) => number,
  slope: (x: Value, y: Value) => Value,
): ElementwiseOp {
  return {
    name,
    torch: "pointwise",
    kind: "elementwise",
    infer: (inputs) => sameFloat(name, inputs),
    evaluate: (inputs, _attrs, spec) => map(spec, inputs, f),
    slopes: ([x], y) => [slope(x!, y)],
    onnx: (g, { inputs }) => g.node(onnxName, inputs),
  };
}

/** The parts that `add`, `sub` and `neg` share: names, shapes, evaluation and lowering. */
const linearParts = (name: string, onnxName: string, f: (a: number, b: number) => number) =>
  ({
    name,
    torch: "pointwise",
    kind: "linear",
    infer: (inputs: readonly Spec[]) => sameFloat(name, inputs),
    evaluate: (inputs: readonly NdArray[], _attrs: Attrs, spec: Spec) => map(spec, inputs, f),
    onnx: (g, { inputs }) => g.node(onnxName, inputs),
  }) satisfies Partial<OpDef>;

const negOp = defineOp({ ...linearParts("neg", "Neg", (a) => -a), transpose: (ct) => [neg(ct)] });
const addOp = defineOp({ ...linearParts("add", "Add", (a, b) => a + b), transpose: (ct) => [ct, ct] });
const subOp = defineOp({ ...linearParts("sub", "Sub", (a, b) => a - b), transpose: (ct) => [ct, neg(ct)] });

const mulOp = defineOp({
  name: "mul",
  torch: "pointwise",
  kind: "bilinear",
  infer: (inputs) => sameFloat("mul", inputs),
  evaluate: (inputs, _attrs, spec) => map(spec, inputs, (a, b) => a * b),
  transposeA: (ct, b) => mul(ct, b),
  transposeB: (ct, a) => mul(ct, a),
  onnx: (g, { inputs }) => g.node("Mul", inputs),
});

const expOp = unary("exp", "Exp", Math.exp, (_x, y) => y);
const logOp = unary("log", "Log", Math.log, (x) => reciprocal(x));
const sqrtOp = unary("sqrt", "Sqrt", Math.sqrt, (_x, y) => mul(0.5, reciprocal(y)));
const reciprocalOp = unary(
  "reciprocal",
  "Reciprocal",
  (x) => 1 / x,
  (_x, y) => neg(mul(y, y)),
);
const tanhOp = unary("tanh", "Tanh", Math.tanh, (_x, y) => sub(1, mul(y, y)));
const sigmoidOp = unary("sigmoid", "Sigmoid", logistic, (_x, y) => mul(y, sub(1, y)));
const softplusOp = unary("softplus", "Softplus", softplusOf, (x) => sigmoid(x));
const reluOp = unary(
  "relu",
  "Relu",
  (x) => Math.max(x, 0),
  (_x, y) => step(y),
);

function logistic(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

function softplusOf(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

const stepOp = defineOp({
  name: "step",
  torch: "pointwise",
  kind: "constant",
  infer: (inputs) => sameFloat("step", inputs),
  evaluate: (inputs, _attrs, spec) => map(spec, inputs, (x) => (x > 0 ? 1 : 0)),
  // min(max(1e38 · x, 0), 1): several times faster than Sign, Where or Greater with Cast.
  onnx: (g, { inputs }) =>
    g.node("HardSigmoid", inputs, { attributes: { alpha: { float: 1e38 }, beta: { float: 0 } } }),
});

const equalOp = defineOp({
  name: "equal",
  torch: "pointwise",
  kind: "constant",
  infer([a, b]) {
    if (a!.dtype !== b!.dtype || !sameShape(a!.shape, b!.shape)) {
      throw new ShapeError(
        `equal: expected operands of one shape and dtype, got ${show(a!.shape)} and ${show(b!.shape)}`,
      );
    }
    return { shape: a!.shape, dtype: "float" };
  },
  evaluate: (inputs, _attrs, spec) => map(spec, inputs, (a, b) => (a === b ? 1 : 0)),
  onnx: (g, { inputs }) => g.node("Cast", [g.node("Equal", inputs)], { attributes: { to: 1 } }),
});

const stopGradientOp = defineOp({
  name: "stopGradient",
  torch: "view",
  kind: "constant",
  infer: ([x]) => x!,
  evaluate: ([x]) => x!,
  onnx: (g, { inputs }) => g.node("Identity", inputs),
});

function binary(op: OpDef, a: Operand, b: Operand): Value {
  const shape = broadcastShape(op.name, shapeOf(a), shapeOf(b));
  const lift = (x: Operand): Value => (typeof x === "number" ? fill(x, shape) : expand(x, shape));
  return apply(op, [lift(a), lift(b)], {});
}

const shapeOf = (x: Operand): readonly number[] => (typeof x === "number" ? [] : x.shape);

/** −x */
export const neg = (x: Value): Value => apply(negOp, [x], {});
/** a + b, broadcast */
export const add = (a: Operand, b: Operand): Value => binary(addOp, a, b);
/** a − b, broadcast */
export const sub = (a: Operand, b: Operand): Value => binary(subOp, a, b);
/** a · b, broadcast */
export const mul = (a: Operand, b: Operand): Value => binary(mulOp, a, b);
/** a / b, broadcast, as a · (1/b) */
export const div = (a: Operand, b: Value): Value => mul(a, reciprocal(b));
/** eˣ */
export const exp = (x: Value): Value => apply(expOp, [x], {});
/** ln x, x > 0 */
export const log = (x: Value): Value => apply(logOp, [x], {});
/** √x. Its slope is infinite at 0: to differentiate there, add an ε inside the root. */
export const sqrt = (x: Value): Value => apply(sqrtOp, [x], {});
/** 1/x */
export const reciprocal = (x: Value): Value => apply(reciprocalOp, [x], {});
/** tanh x */
export const tanh = (x: Value): Value => apply(tanhOp, [x], {});
/** σ(x) = 1/(1 + e⁻ˣ) */
export const sigmoid = (x: Value): Value => apply(sigmoidOp, [x], {});
/** ln(1 + eˣ), without overflow */
export const softplus = (x: Value): Value => apply(softplusOp, [x], {});
/** max(x, 0); the slope at 0 is 0 by convention. */
export const relu = (x: Value): Value => apply(reluOp, [x], {});
/** 1 where x > 0, else 0; no derivative */
export const step = (x: Value): Value => apply(stepOp, [x], {});
/** 1 where a = b, else 0; no derivative */
export const equal = (a: Value, b: Value): Value => binary(equalOp, a, b);
/** x, detached: every derivative treats it as a constant */
export const stopGradient = (x: Value): Value => apply(stopGradientOp, [x], {});

export const elementwiseOps = [
  negOp,
  addOp,
  subOp,
  mulOp,
  expOp,
  logOp,
  sqrtOp,
  reciprocalOp,
  tanhOp,
  sigmoidOp,
  softplusOp,
  reluOp,
  stepOp,
  equalOp,
  stopGradientOp,
] as const;
