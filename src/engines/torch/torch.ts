/**
 * @file The torch engine compiles a graph to a native program. One call runs it, with libtorch and our own fused
 * passes. Float32.
 */

import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { EngineError } from "../../errors.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Spec, Tensor } from "../../tensor.ts";
import { asFloat32, expectWhole } from "../../tensor.ts";
import type { DeviceTensor, Engine, Program } from "../engine.ts";
import { ownInputs } from "../engine.ts";
import type { AddonInfo } from "./addon.ts";
import { loadAddon } from "./addon.ts";
import { planProgram } from "./plan/plan.ts";
import type { Precision } from "./plan/precision.ts";
import { withPrecision } from "./plan/precision.ts";
import type { Device, NativeArray, NativeCalls, NativeSession } from "./program.ts";

class TorchTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: Tensor["dtype"];
  readonly array: NativeArray;
  readonly #calls: NativeCalls;

  constructor(calls: NativeCalls, array: NativeArray, { shape, dtype }: Spec) {
    this.#calls = calls;
    this.array = array;
    this.shape = shape;
    this.dtype = dtype;
  }

  read(): Promise<Tensor> {
    return Promise.resolve({ shape: this.shape, dtype: this.dtype, data: this.#calls.read(this.array) });
  }
}

/** Options of the torch engine. */
export interface TorchOptions {
  /** Threads inside one instruction; default: all cores. At a fixed number, results are reproducible bit for bit. */
  readonly threads?: number;
  readonly device?: Device;
  /**
   * `bf16`: convolutions round their operands to bfloat16; parameters, sums and everything else stay float32. `tf32`: a
   * graphics card rounds factors of convolutions and matrix products to 19 bits.
   */
  readonly precision?: Precision;
  /** On a graphics card: only kernels whose results do not vary from run to run. On the CPU no kernel varies. */
  readonly deterministic?: boolean;
  /**
   * Fused passes and direct convolutions; default: on the CPU. Without them each equation is an instruction of its
   * own, as on a graphics card.
   */
  readonly fused?: boolean;
}

/** The torch engine, with the addon's report and its device. */
export interface TorchEngine extends Engine {
  readonly info: AddonInfo;
  readonly device: Device;
}

const message = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

class TorchProgram implements Program {
  readonly #calls: NativeCalls;
  readonly #graph: Graph;
  readonly #name: string;
  #session: NativeSession | undefined;

  constructor(calls: NativeCalls, session: NativeSession, graph: Graph, name: string) {
    this.#calls = calls;
    this.#session = session;
    this.#graph = graph;
    this.#name = name;
  }

  async run(inputs: readonly DeviceTensor[]): Promise<DeviceTensor[]> {
    const outputs = this.#run(inputs);
    // Node frees collected arrays only between tasks, and a chain of resolved promises is a single task.
    await setImmediate();
    return outputs;
  }

  close(): Promise<void> {
    if (this.#session) this.#calls.close(this.#session);
    this.#session = undefined;
    return Promise.resolve();
  }

  #run(inputs: readonly DeviceTensor[]): DeviceTensor[] {
    if (!this.#session) throw new EngineError(`${this.#name}: expected an open program, got one that was closed`);
    const own = ownInputs(this.#name, "torch", this.#graph.inputs, inputs, (x) => x instanceof TorchTensor);
    const arrays = own.map(({ array }) => array);
    try {
      const results = this.#calls.run(this.#session, arrays);
      return results.map((array, i) => new TorchTensor(this.#calls, array, this.#graph.outputs[i]!));
    } catch (cause) {
      throw new EngineError(`torch: program "${this.#name}" failed to run: ${message(cause)}`, { cause });
    }
  }
}

/**
 * Makes the engine.
 * @throws EngineError when the addon is not built or does not load, or the machine lacks the device or precision
 */
export function torchEngine(options: TorchOptions = {}): TorchEngine {
  const calls = loadAddon();
  const { device = "cpu", precision = "f32", threads = availableParallelism() } = options;
  const fused = options.fused ?? device === "cpu";
  const info = calls.info();
  const settings = { device, threads, tf32: precision === "tf32", deterministic: options.deterministic ?? false };
  if (precision === "tf32" && device === "cpu") {
    throw new EngineError("--precision tf32: expected --device cuda, got cpu, which computes in f32 or bf16");
  }
  if (precision === "bf16" && device === "cpu" && !info.bfloat16) {
    throw new EngineError("--precision bf16: this processor has no bfloat16 arithmetic (avx512_bf16); use f32");
  }
  try {
    calls.upload(new Float32Array(1), [1], device);
  } catch (cause) {
    throw new EngineError(`--${message(cause)}`, { cause });
  }
  return {
    name: "torch",
    identity: { name: "torch", version: info.version, device, precision, threads },
    info,
    device,
    compile(graph, name = "graph") {
      try {
        const program = planProgram(withPrecision(graph, precision), name, { fused });
        return Promise.resolve(new TorchProgram(calls, calls.compile(program, settings), graph, name));
      } catch (cause) {
        if (cause instanceof EngineError) return Promise.reject(cause);
        return Promise.reject(
          new EngineError(`torch: program "${name}" does not compile: ${message(cause)}`, { cause }),
        );
      }
    },
    upload(tensor) {
      expectWhole("upload", tensor);
      const data = tensor.dtype === "int" ? (tensor.data as Int32Array) : asFloat32(tensor);
      return new TorchTensor(calls, calls.upload(data, tensor.shape, device), tensor);
    },
  };
}
