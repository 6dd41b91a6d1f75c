/**
 * @file The description of a compiled graph for the native side, read by `native/description.cpp`. Arrays are named by
 * their index in `slots`.
 */

/** One array of a program. */
export interface Slot {
  /** `work`: at a planned place in the workspace. `view`: another array's memory. `input`, `output`: owned by a run. */
  readonly kind: "input" | "output" | "work" | "view";
  readonly shape: readonly number[];
  readonly dtype: "float" | "int" | "bfloat16";
  /** Bytes from the start of the workspace, for `work`. */
  readonly offset: number;
}

interface Described {
  /** The equation as the graph prints it. */
  readonly equation: string;
}

/** An op run by ATen. */
export interface RowInstruction extends Described {
  readonly kind: "row";
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly in: readonly number[];
  readonly out: number;
}

/** Extents or strides along N, M and C. */
export type Triple = readonly [number, number, number];

/**
 * A fused pass over a domain of extents `[N, M, C]`, C innermost. Operands are numbered: loads, then constants, then
 * results of `ops` in order.
 */
export interface TileInstruction extends Described {
  readonly kind: "tile";
  readonly extents: Triple;
  /** `strides`: elements between neighbours along N, M and C; 0 repeats the array along that axis. */
  readonly loads: readonly { readonly slot: number; readonly strides: Triple }[];
  readonly constants: readonly number[];
  /** `b` is −1 for unary ops. */
  readonly ops: readonly { readonly op: string; readonly a: number; readonly b: number }[];
  readonly stores: readonly { readonly slot: number; readonly operand: number; readonly bfloat16: boolean }[];
  readonly sums: readonly {
    readonly slot: number;
    readonly operand: number;
    readonly keepN: boolean;
    readonly keepC: boolean;
  }[];
}

/**
 * conv2d, conv2dInputGrad or conv2dWeightGrad, as `form` says. Shapes: `x` `[N, C, H, W]`, `w` `[O, C, KH, KW]`,
 * `g` `[N, O, OH, OW]`.
 */
export interface ConvolutionInstruction extends Described {
  readonly kind: "convolution";
  readonly form: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly g: readonly number[];
  readonly stride: number;
  readonly pad: number;
  /** Adds to `out` instead of overwriting it. */
  readonly accumulate: boolean;
  /** The images among the operands are bfloat16. */
  readonly bfloat16: boolean;
  readonly a: number;
  readonly b: number;
  readonly out: number;
}

export type Instruction = RowInstruction | TileInstruction | ConvolutionInstruction;

/** A whole program for the native side. */
export interface NativeProgram {
  readonly name: string;
  readonly slots: readonly Slot[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly instructions: readonly Instruction[];
  /** Size of the workspace, bytes. */
  readonly bytes: number;
}

declare const arrayBrand: unique symbol;
declare const sessionBrand: unique symbol;

/** An array on the native side, freed when JavaScript collects this handle. */
export interface NativeArray {
  readonly [arrayBrand]: true;
}

/** A compiled program on the native side. */
export interface NativeSession {
  readonly [sessionBrand]: true;
}

export type Device = "cpu" | "cuda";

export interface NativeSettings {
  readonly device: Device;
  readonly threads: number;
  /** On a graphics card: factors of products are rounded to TF32 (19 bits). */
  readonly tf32: boolean;
  /** On a graphics card: only kernels whose results do not vary from run to run. */
  readonly deterministic: boolean;
}

/**
 * The addon's calls. They check all that they are given: a value of another kind than expected is a TypeError, a number,
 * length or shape that cannot be a RangeError, each naming the argument or the part of it (`slots[3].shape[1]`). A
 * program whose parts do not fit together, and one that fails to run, is an Error that begins with the equation.
 */
export interface NativeCalls {
  compile(program: NativeProgram, settings: NativeSettings): NativeSession;
  run(session: NativeSession, inputs: readonly NativeArray[]): NativeArray[];
  /** Runs once and returns the milliseconds of each instruction. @throws TypeError unless the program is on the CPU */
  profile(session: NativeSession, inputs: readonly NativeArray[]): Float64Array;
  /** May be called more than once. */
  close(session: NativeSession): void;
  /** Copies an array in; images are stored channels-last. */
  upload(data: Float32Array | Int32Array, shape: readonly number[], device: Device): NativeArray;
  /** Handles that JavaScript has not collected yet, and the size of the workspaces. */
  counts(): { readonly arrays: number; readonly sessions: number; readonly workspaceBytes: number };
  /** Copies an array out, row-major. */
  read(array: NativeArray): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}
