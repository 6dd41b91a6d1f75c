/** @file Host arrays: the inputs and outputs of engines. */

import { DtypeError, ShapeError } from "./errors.ts";

/**
 * Element type of a graph value. The engine decides the width of `float`: 64 bits in the reference, 32 elsewhere. `int`
 * is a signed 32-bit integer (labels, indices).
 */
export type Dtype = "float" | "int";

/** The shape and element type of an array. */
export interface Spec {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** Row-major array on the host. */
export interface Tensor extends Spec {
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Whether two shapes are equal. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** A float spec, for tracing: `float([N, C])`. */
export const float = (shape: readonly number[] = []): Spec => ({ shape, dtype: "float" });

/** An integer spec, for tracing: `int([N])`. */
export const int = (shape: readonly number[] = []): Spec => ({ shape, dtype: "int" });

/**
 * A host tensor from numbers. A typed array is used without a copy. `Int32Array` means integers, anything else floats.
 * @throws ShapeError when the numbers do not fill the shape
 */
export function tensor(data: readonly number[] | number | Tensor["data"], shape?: readonly number[]): Tensor {
  const array =
    typeof data === "number" ? Float64Array.of(data) : ArrayBuffer.isView(data) ? data : Float64Array.from(data);
  const resolved = shape ?? (typeof data === "number" ? [] : [array.length]);
  if (array.length !== sizeOf(resolved)) {
    throw new ShapeError(
      `tensor: expected ${sizeOf(resolved)} numbers for shape [${resolved.join(",")}], got ${array.length}`,
    );
  }
  return { data: array, shape: resolved, dtype: array instanceof Int32Array ? "int" : "float" };
}

/**
 * Checks an array that comes from outside: its extents, the kind of its data and their number.
 * @param what names the array in errors
 * @throws ShapeError when the data do not fill the shape, DtypeError when they are not of the dtype
 */
export function expectWhole(what: string, { shape, dtype, data }: Tensor): void {
  if (!Array.isArray(shape) || !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0))
    throw new ShapeError(`${what}: expected a shape of whole numbers from 0 on, got ${shown(shape)}`);
  const kinds = KINDS.get(dtype);
  if (!kinds?.includes(kindOf(data)))
    throw new DtypeError(
      `${what}: expected dtype int with an Int32Array, or float with a Float32Array or Float64Array; got ${shown(dtype)} with ${kindOf(data)}`,
    );
  if (data.length === sizeOf(shape)) return;
  const why = wasTransferred(data.buffer) ? ": its buffer was transferred, and the numbers with it" : "";
  throw new ShapeError(
    `${what}: expected ${sizeOf(shape)} numbers for shape [${shape.join(",")}], got ${data.length}${why}`,
  );
}

const KINDS = new Map<Dtype, readonly string[]>([
  ["int", ["Int32Array"]],
  ["float", ["Float32Array", "Float64Array"]],
]);

const shown = (list: unknown): string => (Array.isArray(list) ? `[${list.map(String).join(",")}]` : String(list));

const kindOf = (data: unknown): string => Object.prototype.toString.call(data).slice("[object ".length, -1);

/** Whether a buffer was transferred to somebody else. A property that says so exists only since Node 21. */
function wasTransferred(buffer: ArrayBufferLike): boolean {
  try {
    void new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** Zeros of a shape, as 32-bit floats. */
export function zeros(shape: readonly number[]): Tensor {
  return tensor(new Float32Array(sizeOf(shape)), shape);
}

/** The number of a tensor with one element. @throws ShapeError for any other tensor */
export function item(t: Tensor): number {
  if (t.data.length !== 1) throw new ShapeError(`item: expected one element, got shape [${t.shape.join(",")}]`);
  return t.data[0]!;
}

/** The data as 32-bit floats, copied only where needed. @throws DtypeError for integers */
export function asFloat32(t: Tensor): Float32Array {
  if (t.data instanceof Int32Array) throw new DtypeError("asFloat32: expected floats, got integers");
  return t.data instanceof Float32Array ? t.data : Float32Array.from(t.data);
}
