/** @file Engines by name, and what to do about those that do not load. */

import { availableParallelism } from "node:os";
import { createRequire } from "node:module";
import { ConfigError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import { onnxEngine } from "./onnx/onnx.ts";
import { reference } from "./reference/reference.ts";

export interface EngineOptions {
  readonly threads?: number | undefined;
}

/** @throws ConfigError for an unknown name, EngineError when the engine does not load */
export async function selectEngine(name: string, { threads }: EngineOptions = {}): Promise<Engine> {
  if (name === "reference") return reference;
  if (name === "onnx" || name === "auto") return onnxEngine(threads === undefined ? {} : { threads });
  throw new ConfigError(`--engine: expected auto, onnx or reference; got "${name}"`);
}

/** One engine's state on this machine. */
export interface Diagnosis {
  readonly name: string;
  readonly loads: boolean;
  readonly version?: string;
  readonly detail: readonly string[];
  /** What to do when it does not load. */
  readonly remedy?: string;
}

async function diagnoseOnnx(): Promise<Diagnosis> {
  try {
    const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
    const { layout, layoutReason } = await onnxEngine();
    const memory =
      layoutReason === undefined ? `convolutions in ${layout} memory` : `convolutions in plain memory: ${layoutReason}`;
    const detail = ["float32 on the CPU", `${availableParallelism()} threads`, memory];
    return { name: "onnx", loads: true, version, detail };
  } catch (cause) {
    return {
      name: "onnx",
      loads: false,
      detail: [cause instanceof Error ? cause.message : String(cause)],
      remedy: "Run `npm ci` again; onnxruntime-node has builds for Linux (glibc), macOS and Windows, x64 and arm64",
    };
  }
}

/** Every engine, the fastest first. */
export async function diagnoseEngines(): Promise<Diagnosis[]> {
  const truth = {
    name: "reference",
    loads: true,
    detail: ["float64 interpreter, for tests: hundreds of times slower"],
  };
  return [await diagnoseOnnx(), truth];
}
