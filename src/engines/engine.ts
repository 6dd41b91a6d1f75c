/** @file The engine interface: an engine compiles a graph once and runs it many times on arrays that it keeps. */

import { EngineError, ShapeError } from "../errors.ts";
import type { Graph } from "../graph/graph.ts";
import type { Spec, Tensor } from "../tensor.ts";
import { sameShape } from "../tensor.ts";

/** An array inside an engine, in the engine's own layout and precision. Immutable. */
export interface DeviceTensor extends Spec {
  /** Copies it to the host. */
  read(): Promise<Tensor>;
}

/** A compiled graph. */
export interface Program {
  /**
   * Runs the graph once.
   * @param inputs one array per graph input, in order, made by the same engine
   * @returns one array per graph output
   * @throws ShapeError when the number of inputs, a shape or a dtype differs from the graph's; EngineError for a tensor
   * of another engine, and when the engine fails
   */
  run(inputs: readonly DeviceTensor[]): Promise<DeviceTensor[]>;
  /** Frees what the program holds. May be called twice. */
  close(): Promise<void>;
}

/** The engine, library and device that computed a result; part of a run's record. */
export interface EngineIdentity {
  readonly name: string;
  /** Version of the underlying library. */
  readonly version: string;
  readonly device: "cpu" | "cuda";
  readonly precision: "f64" | "f32" | "tf32" | "bf16";
  readonly threads: number;
}

/** A backend that compiles and runs graphs. */
export interface Engine {
  readonly name: string;
  readonly identity: EngineIdentity;
  /** Why this engine was selected, if the user should know. */
  readonly note?: string;
  /** Compiles a graph. @throws EngineError naming the engine and the op when the engine lacks an op */
  compile(graph: Graph, name?: string): Promise<Program>;
  /**
   * Makes an array of the engine. The caller must not change `tensor`'s data afterwards.
   * @throws ShapeError when the data do not fill the shape, DtypeError when they are not of the dtype
   */
  upload(tensor: Tensor): DeviceTensor;
}

/**
 * Checks what a program is given to run on.
 * @param name the program's, for errors
 * @param isOwn whether an array was made by this engine
 * @throws ShapeError naming the first input that does not match the graph, EngineError for one of another engine
 */
export function ownInputs<T extends DeviceTensor>(
  name: string,
  engine: string,
  expected: readonly Spec[],
  inputs: readonly DeviceTensor[],
  isOwn: (input: DeviceTensor) => input is T,
): T[] {
  if (!Array.isArray(inputs) || inputs.length !== expected.length) {
    const got = Array.isArray(inputs) ? String(inputs.length) : typeof inputs;
    throw new ShapeError(`${name}: expected ${expected.length} inputs, got ${got}`);
  }
  return expected.map((spec, i) => {
    const got = (inputs as readonly DeviceTensor[])[i]!;
    if (!isOwn(got))
      throw new EngineError(`${name}: expected input ${i + 1} to be a tensor of the ${engine} engine; upload it first`);
    if (got.dtype !== spec.dtype || !sameShape(got.shape, spec.shape)) {
      const show = ({ dtype, shape }: Spec): string => `${dtype} [${shape.join(",")}]`;
      throw new ShapeError(`${name}: expected ${show(spec)} for input ${i + 1}, got ${show(got)}`);
    }
    return got;
  });
}

/** Uploads, runs, reads back: for scripts and tests. Training keeps its arrays in the engine instead. */
export async function runOnce(engine: Engine, graph: Graph, inputs: readonly Tensor[]): Promise<Tensor[]> {
  const program = await engine.compile(graph);
  try {
    const outputs = await program.run(inputs.map((x) => engine.upload(x)));
    return await Promise.all(outputs.map((y) => y.read()));
  } finally {
    await program.close();
  }
}
