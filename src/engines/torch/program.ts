/** @file What the native side is given of a compiled graph. `native/description.cpp` reads these objects; slots are array indices. */

/** One array of a program. */
export interface Slot {
  /** `work` lies at a planned place of the workspace; `view` looks at another array's memory; the rest comes and goes with a run. */
  readonly kind: "input" | "output" | "work" | "view";
  readonly shape: readonly number[];
  readonly dtype: "float" | "int" | "bfloat16";
  /** Bytes from the workspace's beginning, for `work`. */
  readonly offset: number;
}

interface Described {
  /** What is computed, in the graph's words. */
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

export type Triple = readonly [number, number, number];

/**
 * A fused group over a domain of extents `[N, M, C]`, C innermost. Operands are numbered: loads, then constants, then results of `ops` in
 * order.
 */
export interface TileInstruction extends Described {
  readonly kind: "tile";
  readonly extents: Triple;
  /** Elements between neighbours along N, M and C; 0 repeats. */
  readonly loads: readonly { readonly slot: number; readonly strides: Triple }[];
  readonly constants: readonly number[];
  /** `b` is −1 for ops of one operand. */
  readonly ops: readonly { readonly op: string; readonly a: number; readonly b: number }[];
  readonly stores: readonly { readonly slot: number; readonly operand: number; readonly bfloat16: boolean }[];
  readonly sums: readonly {
    readonly slot: number;
    readonly operand: number;
    readonly keepN: boolean;
    readonly keepC: boolean;
  }[];
}

/** One of the three convolutions. Extents `[N, C, H, W]`, `[O, C, KH, KW]`, `[N, O, OH, OW]`. */
export interface ConvolutionInstruction extends Described {
  readonly kind: "convolution";
  readonly form: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly g: readonly number[];
  readonly stride: number;
  readonly pad: number;
  /** Adds to what `out` holds. */
  readonly accumulate: boolean;
  /** The images among the operands are bfloat16. */
  readonly bfloat16: boolean;
  readonly a: number;
  readonly b: number;
  readonly out: number;
}

export type Instruction = RowInstruction | TileInstruction | ConvolutionInstruction;

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

/** An array on the native side; freed when JavaScript lets go of it. */
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
  /** Products rounded to 19 bits, on a graphics card. */
  readonly tf32: boolean;
  /** No kernels whose results vary from run to run, on a graphics card. */
  readonly deterministic: boolean;
}

/** The addon's calls. They throw Errors whose message begins with the equation that failed. */
export interface NativeCalls {
  compile(program: NativeProgram, settings: NativeSettings): NativeSession;
  run(session: NativeSession, inputs: readonly NativeArray[]): NativeArray[];
  /** Runs once; milliseconds of each instruction, on the CPU. */
  profile(session: NativeSession, inputs: readonly NativeArray[]): Float64Array;
  /** Any number of times. */
  close(session: NativeSession): void;
  /** Copies; images go into channels-last memory. */
  upload(data: Float32Array | Int32Array, shape: readonly number[], device: Device): NativeArray;
  /** Handles that JavaScript has not let go of, and memory of the workspaces. */
  counts(): { readonly arrays: number; readonly sessions: number; readonly workspaceBytes: number };
  /** Copies, row-major. */
  read(array: NativeArray): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}
