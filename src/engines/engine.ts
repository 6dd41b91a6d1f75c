/** @file The engine interface: an engine compiles a graph once and runs it many times on arrays that it keeps. */

import { ShapeError } from "../errors.ts";
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
   * @throws ShapeError when an input's shape or dtype differs from the graph's; EngineError when the engine fails
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
  /** Makes an array of the engine. The caller must not change `tensor`'s data afterwards. */
  upload(tensor: Tensor): DeviceTensor;
}

/** @throws ShapeError naming the first input that does not match the graph */
export function checkInputs(name: string, expected: readonly Spec[], inputs: readonly Spec[]): void {
  if (inputs.length !== expected.length) {
    throw new ShapeError(`${name}: expected ${expected.length} inputs, got ${inputs.length}`);
  }
  expected.forEach((spec, i) => {
    const got = inputs[i]!;
    if (got.dtype !== spec.dtype || !sameShape(got.shape, spec.shape)) {
      const show = ({ dtype, shape }: Spec): string => `${dtype} [${shape.join(",")}]`;
      throw new ShapeError(`${name}: expected ${show(spec)} for input ${i + 1}, got ${show(got)}`);
    }
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
