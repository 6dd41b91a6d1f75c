/**
 * @file onnxruntime-node: how it is loaded and how its sessions run. Apart from the engine, whose types
 * programs see, so that those need no types of onnxruntime, which in turn need a browser's.
 */

import { createRequire } from "node:module";
import type * as ort from "onnxruntime-node";
import { EngineError } from "../../errors.ts";
import { expectNoTelemetry } from "./telemetry.ts";

export type Runtime = typeof ort;

/** Loads onnxruntime-node. @throws EngineError with the remedy when it does not load */
export async function loadRuntime(): Promise<Runtime> {
  expectNoTelemetry();
  try {
    // The package is CommonJS: its exports are the default export.
    const module = (await import("onnxruntime-node")) as unknown as { default?: Runtime } & Runtime;
    return module.default ?? module;
  } catch (cause) {
    throw new EngineError(
      `onnx: onnxruntime-node does not load on ${process.platform}-${process.arch}, Node ${process.version}. See \`npx reweight doctor\``,
      { cause },
    );
  }
}

/** The version of onnxruntime-node. */
export function runtimeVersion(): string {
  return (createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string }).version;
}

/** Options of the sessions that run programs. */
export function sessionOptions(threads: number): ort.InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // A memory pattern adds a block for all arrays to the arena that the first run has filled: twice the memory, and no
    // gain in time.
    enableMemPattern: false,
    // The emitted nodes are final: onnxruntime's rewriting would triple the compile time and gain nothing.
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 3,
    // Denormals appear as momentum decays and slow arithmetic down a hundredfold.
    extra: { session: { set_denormal_as_zero: "1" } },
  };
}
