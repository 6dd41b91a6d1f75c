/** @file Selects an engine by name, and diagnoses engines that do not load. */

import { availableParallelism } from "node:os";
import { ConfigError, EngineError } from "../errors.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { Engine } from "./engine.ts";
import { onnxEngine } from "./onnx/onnx.ts";
import { reference } from "./reference/reference.ts";
import { loadAddon } from "./torch/addon.ts";
import { diagnoseTorch } from "./torch/diagnose.ts";
import type { Precision } from "./torch/plan/precision.ts";
import type { Device } from "./torch/program.ts";
import { torchEngine } from "./torch/torch.ts";

/** Options of an engine; undefined means the engine's default. */
export interface EngineOptions {
  readonly threads?: number | undefined;
  /** `cuda` needs the torch engine. */
  readonly device?: Device | undefined;
  /** Anything but `f32` needs the torch engine. */
  readonly precision?: Precision | undefined;
  /** Has an effect only on a graphics card. */
  readonly deterministic?: boolean | undefined;
}

/**
 * @param name `auto` selects torch if it is built and loads, else onnx
 * @throws ConfigError for an unknown name or an unsupported option, EngineError when the engine does not load
 */
export async function selectEngine(name: string, options: EngineOptions = {}): Promise<Engine> {
  const { threads, device = "cpu", precision = "f32", deterministic = false } = options;
  const common = threads === undefined ? {} : { threads };
  const needsTorch = device !== "cpu" || precision !== "f32";
  const reason = name === "auto" && !needsTorch ? whyNotTorch() : undefined;
  if (name === "torch" || (name === "auto" && reason === undefined)) {
    return torchEngine({ ...common, device, precision, deterministic });
  }
  if (name !== "reference" && name !== "onnx" && name !== "auto") {
    throw new ConfigError(`--engine: expected auto, torch, onnx or reference; got "${name}"`);
  }
  if (needsTorch) {
    const asked = device === "cpu" ? `--precision ${precision}` : `--device ${device}`;
    throw new ConfigError(
      `${asked}: expected --engine torch or auto, got ${name}, which computes in float32 on the CPU`,
    );
  }
  if (name === "reference") return reference;
  const onnx = await onnxEngine(common);
  return reason === undefined ? onnx : { ...onnx, note: reason };
}

/** Why the torch engine does not load; undefined if it does. */
function whyNotTorch(): string | undefined {
  try {
    loadAddon();
    return undefined;
  } catch (cause) {
    if (cause instanceof EngineError) return cause.message;
    throw cause;
  }
}

async function diagnoseOnnx(): Promise<Diagnosis> {
  try {
    const { layout, layoutReason, identity } = await onnxEngine();
    const memory =
      layoutReason === undefined ? `convolutions in ${layout} memory` : `convolutions in plain memory: ${layoutReason}`;
    const detail = ["float32 on the CPU", `${availableParallelism()} threads`, memory];
    return { name: "onnx", loads: true, version: identity.version, detail };
  } catch (cause) {
    return {
      name: "onnx",
      loads: false,
      detail: [cause instanceof Error ? cause.message : String(cause)],
      remedy:
        "Install again, with `npm ci`; onnxruntime-node has builds for Linux (glibc) and Windows on x64 and arm64, and for macOS on arm64",
    };
  }
}

/** Diagnoses of all engines, the fastest first. */
export async function diagnoseEngines(): Promise<Diagnosis[]> {
  const truth = {
    name: "reference",
    loads: true,
    detail: ["float64 interpreter, for tests: hundreds of times slower"],
  };
  return [await diagnoseTorch(), await diagnoseOnnx(), truth];
}
