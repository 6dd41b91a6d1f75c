/** @file The ONNX engine: compiles a graph to an ONNX model, which an onnxruntime-node session runs. Float32. */

import { availableParallelism } from "node:os";
import type * as ort from "onnxruntime-node";
import { EngineError } from "../../errors.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Tensor } from "../../tensor.ts";
import { asFloat32, expectWhole } from "../../tensor.ts";
import type { DeviceTensor, Engine, Program } from "../engine.ts";
import { ownInputs } from "../engine.ts";
import type { HostArray } from "./builder.ts";
import { emitProgram } from "./emit.ts";
import type { Probe } from "./probe.ts";
import { probeBlocks } from "./probe.ts";
import type { Runtime } from "./runtime.ts";
import { loadRuntime, runtimeVersion, sessionOptions } from "./runtime.ts";

class OnnxTensor implements DeviceTensor {
  readonly value: ort.Tensor;
  constructor(value: ort.Tensor) {
    this.value = value;
  }
  get shape(): readonly number[] {
    return this.value.dims;
  }
  get dtype(): Tensor["dtype"] {
    return this.value.type === "int32" ? "int" : "float";
  }
  read(): Promise<Tensor> {
    return Promise.resolve({
      shape: this.shape,
      dtype: this.dtype,
      data: this.value.data as Float32Array | Int32Array,
    });
  }
}

/** Options of the ONNX engine. */
export interface OnnxOptions {
  /** Threads inside one operator; default: all cores. At a fixed number, results are reproducible bit for bit. */
  readonly threads?: number;
  /** `plain`: all arrays in `[N, C, H, W]` memory. `auto`: blocked images if the machine has fast code for them. */
  readonly layout?: "auto" | "plain";
}

/** The ONNX engine, with the memory layout that it uses. */
export interface OnnxEngine extends Engine {
  /** Memory layout of images inside a program: `NCHW`, or `NCHWc16` for blocks of 16 channels. */
  readonly layout: string;
  /** Why images are not blocked. */
  readonly layoutReason?: string;
}

const message = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

class OnnxProgram implements Program {
  readonly #runtime: Runtime;
  readonly #graph: Graph;
  readonly #name: string;
  readonly #hosted: readonly HostArray[];
  readonly #outputNames: readonly string[];
  #session: ort.InferenceSession | undefined;

  constructor(
    runtime: Runtime,
    session: ort.InferenceSession,
    hosted: readonly HostArray[],
    graph: Graph,
    name: string,
  ) {
    this.#runtime = runtime;
    this.#hosted = hosted;
    this.#session = session;
    this.#graph = graph;
    this.#name = name;
    this.#outputNames = graph.outputs.map((_, i) => `output_${i}`);
  }

  async run(inputs: readonly DeviceTensor[]): Promise<DeviceTensor[]> {
    if (!this.#session) throw new EngineError(`${this.#name}: expected an open program, got one that was closed`);
    const feeds = this.#feeds(inputs);
    try {
      const results = await this.#session.run(feeds);
      return this.#outputNames.map((name) => new OnnxTensor(results[name]!));
    } catch (cause) {
      throw new EngineError(`onnx: program "${this.#name}" failed to run: ${message(cause)}`, { cause });
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  #feeds(inputs: readonly DeviceTensor[]): Record<string, ort.Tensor> {
    const isOwn = (x: DeviceTensor): x is OnnxTensor =>
      x instanceof OnnxTensor && x.value instanceof this.#runtime.Tensor;
    const own = ownInputs(this.#name, "onnx", this.#graph.inputs, inputs, isOwn);
    const given = own.map(({ value, shape, dtype }, i): Tensor => {
      const host = { shape, dtype, data: value.data as Float32Array | Int32Array };
      // onnxruntime keeps arrays as they were given, and they may have been transferred since.
      expectWhole(`${this.#name}: input ${i + 1}`, host);
      return host;
    });
    const made = this.#hosted.map(({ name, shape, operands, compute }) => {
      const data = compute(operands.map((at) => given[at]!));
      return [name, new this.#runtime.Tensor("float32", data, shape)] as const;
    });
    return Object.fromEntries([...own.map(({ value }, i) => [`input_${i}`, value] as const), ...made]);
  }
}

const PLAIN: Probe = { block: undefined, reason: "plain memory was asked for" };

/**
 * Makes the engine.
 * @throws EngineError when onnxruntime-node cannot be loaded
 */
export async function onnxEngine(options: OnnxOptions = {}): Promise<OnnxEngine> {
  const runtime = await loadRuntime();
  const threads = options.threads ?? availableParallelism();
  const probe = options.layout === "plain" ? PLAIN : await probeBlocks(runtime);
  return {
    name: "onnx",
    identity: { name: "onnx", version: runtimeVersion(), device: "cpu", precision: "f32", threads },
    layout: probe.block === undefined ? "NCHW" : `NCHWc${probe.block}`,
    ...(probe.block === undefined ? { layoutReason: probe.reason } : {}),
    async compile(graph, name = "graph") {
      const { model, hosted } = emitProgram(graph, name, { block: probe.block, threads });
      try {
        const session = await runtime.InferenceSession.create(model, sessionOptions(threads));
        return new OnnxProgram(runtime, session, hosted, graph, name);
      } catch (cause) {
        throw new EngineError(`onnx: program "${name}" does not compile: ${message(cause)}`, { cause });
      }
    },
    upload(tensor) {
      expectWhole("upload", tensor);
      return new OnnxTensor(
        tensor.dtype === "int"
          ? new runtime.Tensor("int32", tensor.data as Int32Array, tensor.shape)
          : new runtime.Tensor("float32", asFloat32(tensor), tensor.shape),
      );
    },
  };
}
