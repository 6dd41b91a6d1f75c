/**
 * @file Definitions of ops. Everything about an op is in one place: shape rule, derivative, float64 evaluation and
 * lowering. Its `kind` decides which derivative rules it must have; without them it does not compile.
 */

import type { Attrs, Value } from "../graph/value.ts";
import { node } from "../graph/value.ts";
import { DtypeError } from "../errors.ts";
import type { Dtype, Spec, Tensor } from "../tensor.ts";

/** Array in the reference evaluation: floats are 64 bits wide. */
export interface NdArray extends Tensor {
  readonly data: Float64Array | Int32Array;
}

export interface OnnxNodeOptions {
  readonly attributes?: Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>;
  readonly domain?: string;
}

/** The target of an op's ONNX lowering. Names are names of ONNX values. */
export interface OnnxBuilder {
  /** Adds a node with one result and returns the result's name. */
  node(opType: string, inputs: readonly string[], options?: OnnxNodeOptions): string;
  /** A constant of 64-bit integers, as shapes, axes and indices need. */
  ints(values: readonly number[], shape?: readonly number[]): string;
  /** A constant of 32-bit floats. */
  floats(values: readonly number[], shape?: readonly number[]): string;
  /**
   * An array that no node makes: the host computes it before each run, from inputs of the graph.
   * @param compute gives its elements in row-major order from the operands' arrays
   * @throws EngineError unless all operands are inputs of the graph
   */
  host<A>(equation: OnnxEquation<A>, compute: (operands: readonly Tensor[]) => Float32Array): string;
}

/** The equation to be lowered: names and specs of its operands, attributes, and the result's spec. */
export interface OnnxEquation<A> {
  readonly inputs: readonly string[];
  readonly specs: readonly Spec[];
  readonly attrs: A;
  readonly result: Spec;
}

/**
 * How the torch engine's planner may treat an op. `pointwise`: recompute it inside any pass over its elements. `sum`:
 * accumulate it while a pass runs. `repeat`: read it without storing it. `view`: use its operand's memory.
 * `convolution`, `row`: give it an instruction of its own. `native/` computes the op, under the same name.
 */
export type TorchRole = "pointwise" | "sum" | "repeat" | "view" | "convolution" | "row";

interface Common<A> {
  readonly name: string;
  /** Checks the operands and gives the result's spec. @throws ShapeError naming op, operand, expected and actual */
  infer(inputs: readonly Spec[], attrs: A): Spec;
  /** Reference evaluation in float64. `result` is the spec from `infer`. */
  evaluate(inputs: readonly NdArray[], attrs: A, result: Spec): NdArray;
  /** Writes the ONNX nodes that compute the op. @returns the result's name */
  onnx(g: OnnxBuilder, equation: OnnxEquation<A>): string;
  readonly torch: TorchRole;
}

/** Computes each element by itself; operands and result have the same shape. jvp: Σᵢ slopeᵢ · dxᵢ. */
export interface ElementwiseOp<A = Attrs> extends Common<A> {
  readonly kind: "elementwise";
  slopes(inputs: readonly Value[], result: Value, attrs: A): readonly Value[];
}

/**
 * Linear in all its float operands jointly; integer operands are indices. jvp: the op itself. `transpose` gives one
 * cotangent per operand, `undefined` for indices. Of float operands it may use only the shapes.
 */
export interface LinearOp<A = Attrs> extends Common<A> {
  readonly kind: "linear";
  transpose(ct: Value, inputs: readonly Value[], attrs: A): readonly (Value | undefined)[];
}

/** Linear in each of two operands. jvp: f(da, b) + f(a, db). */
export interface BilinearOp<A = Attrs> extends Common<A> {
  readonly kind: "bilinear";
  transposeA(ct: Value, b: Value, a: Spec, attrs: A): Value;
  transposeB(ct: Value, a: Value, b: Spec, attrs: A): Value;
}

/** Anything else: an explicit jvp, linear in the tangents. A tangent that is `undefined` is zero. */
export interface NonlinearOp<A = Attrs> extends Common<A> {
  readonly kind: "nonlinear";
  jvp(inputs: readonly Value[], tangents: readonly (Value | undefined)[], result: Value, attrs: A): Value;
}

/** The derivative is zero wherever it exists. */
export interface ConstantOp<A = Attrs> extends Common<A> {
  readonly kind: "constant";
}

/** The definition of an op, one shape per kind. */
export type OpDef<A = Attrs> = ElementwiseOp<A> | LinearOp<A> | BilinearOp<A> | NonlinearOp<A> | ConstantOp<A>;

/** Gives a definition its precise type; registers nothing. */
export function defineOp<const D extends { readonly name: string }, A extends Attrs>(def: D & OpDef<A>): D & OpDef<A> {
  return def;
}

/** Adds one equation to the graph. */
export function apply<A extends Attrs>(op: OpDef<A>, inputs: readonly Value[], attrs: A): Value {
  return node(op.name, inputs, attrs, op.infer(inputs, attrs));
}

/** @throws DtypeError unless every operand has the wanted dtype */
export function expectDtype(op: string, dtype: Dtype, ...inputs: readonly Spec[]): void {
  inputs.forEach((spec, i) => {
    if (spec.dtype !== dtype) throw new DtypeError(`${op}: expected ${dtype} for operand ${i + 1}, got ${spec.dtype}`);
  });
}

/** A float array for a result of the reference evaluation. */
export function result(spec: Spec, data: Float64Array): NdArray {
  return { shape: spec.shape, dtype: "float", data };
}
