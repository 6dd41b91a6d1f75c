/** @file Mutants of native programs and of their inputs: what a planner with a fault, or a foreign caller, might send. */

import type { NativeProgram } from "../../src/engines/torch/program.ts";
import type { Random } from "../../src/random.ts";
import { ops } from "../../src/ops/index.ts";

/** An input as the campaign's process makes it: uploaded, after its buffer was transferred, or passed as it is. */
export type Input =
  { readonly data: unknown; readonly shape: unknown; readonly transfer?: boolean } | { readonly raw: unknown };

type Tree = Record<string, unknown> | unknown[];

/** A place in a tree of objects and arrays. */
interface Place {
  readonly in: Tree;
  readonly key: string;
}

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !ArrayBuffer.isView(value);

const read = ({ in: tree, key }: Place): unknown => (tree as Record<string, unknown>)[key];
const write = ({ in: tree, key }: Place, value: unknown): void => {
  (tree as Record<string, unknown>)[key] = value;
};

function placesOf(tree: Tree): Place[] {
  const places: Place[] = [];
  const stack: Tree[] = [tree];
  for (let at = stack.pop(); at; at = stack.pop()) {
    for (const key of Object.keys(at)) {
      const place = { in: at, key };
      places.push(place);
      const value = read(place);
      if (isTree(value)) stack.push(value);
    }
  }
  return places;
}

const NUMBERS = [
  -1,
  0,
  1,
  2,
  3,
  4,
  7,
  63,
  64,
  65,
  2 ** 16,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 40,
  2 ** 53,
  -(2 ** 63),
];
const ODD_NUMBERS = [2 ** 63, 1e300, -1e300, Infinity, -Infinity, NaN, 0.5, -0, 1e-300];
const TEXTS = ["input", "output", "work", "view", "float", "int", "bfloat16", "row", "tile", "convolution", "", "…"];
const OTHER_KINDS = [undefined, null, "", "1", true, false, {}, [], [[]], 10n, new Float32Array(3), new Date(0)];

/** Makes mutants; the same ones for the same stream of random numbers. */
export class Mutator {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  below(n: number): number {
    return this.#random.integer(Math.max(1, n));
  }

  oneOf<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** A program with one to three changes: mostly plausible ones, so that they pass the first checks. */
  program(from: NativeProgram): unknown {
    const program = structuredClone(from) as unknown as Tree;
    for (let changes = 1 + this.below(3); changes > 0; changes--) this.#change(program);
    return program;
  }

  /** A program's inputs with one change; and sometimes another number of them. */
  inputs(from: readonly { data: Float32Array | Int32Array; shape: readonly number[] }[]): Input[] {
    const inputs: Input[] = from.map((input) => ({ ...input }));
    if (inputs.length === 0 || this.below(8) === 0)
      return this.below(2) === 0 ? inputs.slice(1) : [...inputs, { raw: undefined }];
    const at = this.below(inputs.length);
    const { data, shape } = from[at]!;
    inputs[at] = this.oneOf<() => Input>([
      () => ({ data, shape, transfer: true }),
      () => ({ data: data.subarray(0, this.below(data.length + 1)), shape }),
      () => ({ data: this.#otherKind(data), shape }),
      () => ({ data, shape: this.#shape(shape) }),
      () => this.#other(data, shape),
      () => ({ raw: this.oneOf([...OTHER_KINDS, ...NUMBERS, ...ODD_NUMBERS]) }),
      () => from[this.below(from.length)]!,
    ])();
    return inputs;
  }

  /** Another shape, with as many numbers as it says where that is possible. */
  #other(data: Float32Array | Int32Array, shape: readonly number[]): Input {
    const other = this.#shape(shape);
    const count = (other as number[]).reduce((product, extent) => product * extent, 1);
    const fits = Number.isInteger(count) && count >= 0 && count < 1e6;
    return { data: fits ? new (data.constructor as Float32ArrayConstructor)(count) : data, shape: other };
  }

  #shape(shape: readonly number[]): unknown {
    const other: unknown[] = [...shape];
    const at = this.below(shape.length + 1);
    if (at === shape.length || this.below(4) === 0) other.splice(at, 0, this.oneOf([0, 1, 2]));
    else if (this.below(4) === 0) other.splice(at, 1);
    else other[at] = this.#number(shape[at]!);
    return other;
  }

  #otherKind(data: Float32Array | Int32Array): unknown {
    return this.oneOf([
      () => (data instanceof Int32Array ? Float32Array.from(data) : Int32Array.from(data)),
      () => Float64Array.from(data),
      () => new Uint8Array(data.byteLength),
      () => new BigInt64Array(data.length),
      () => new DataView(new ArrayBuffer(data.byteLength)),
      () => [...data],
      () => data.buffer,
      () => this.oneOf(OTHER_KINDS),
    ])();
  }

  #number(value: number): number {
    const kind = this.below(10);
    if (kind < 3) return value + this.oneOf([-1, 1]);
    if (kind < 4) return value * 2;
    if (kind < 9) return this.oneOf(NUMBERS);
    return this.oneOf(ODD_NUMBERS);
  }

  #change(program: Tree): void {
    const places = placesOf(program);
    if (places.length === 0) return;
    const place = this.oneOf(places);
    const value = read(place);
    const kind = this.below(20);
    if (kind === 0) write(place, this.oneOf(OTHER_KINDS));
    else if (kind === 1) this.#remove(place);
    // A value from elsewhere under the same name: a shape, a slot, a list of operands, a whole instruction.
    else if (kind < 8 && !Array.isArray(place.in))
      write(place, structuredClone(read(this.oneOf(places.filter(({ key }) => key === place.key)))));
    else if (Array.isArray(value)) this.#changeList(value);
    else if (typeof value === "number") write(place, this.#number(value));
    else if (typeof value === "boolean") write(place, !value);
    else if (typeof value === "string") write(place, this.oneOf([...TEXTS, ...ops.keys()]));
    else if (Array.isArray(place.in)) this.#changeList(place.in);
  }

  #remove({ in: tree, key }: Place): void {
    if (Array.isArray(tree)) tree.splice(Number(key), 1);
    else delete tree[key];
  }

  #changeList(list: unknown[]): void {
    const at = this.below(list.length);
    const other = this.below(list.length);
    this.oneOf([
      () => list.splice(at, 1),
      () => list.splice(at, 0, structuredClone(list[other])),
      () => ([list[at], list[other]] = [list[other], list[at]]),
      () => (list[at] = structuredClone(list[other])),
      () => list.reverse(),
      () => (list.length = 0),
    ])();
  }
}
