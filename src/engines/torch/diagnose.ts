/** @file The torch engine's entry in `reweight doctor`: its device and libraries, or the fault and its remedy. */

import { dirname, join } from "node:path";
import type { Diagnosis } from "../diagnosis.ts";
import { BUILD_COMMAND, loadAddon, readStamp } from "./addon.ts";
import type { AddonInfo } from "./addon.ts";
import { thisHost } from "./build/host.ts";
import type { Libtorch } from "./build/libtorch.ts";
import { findLibtorch, inspectLibtorch } from "./build/libtorch.ts";

/** Diagnoses the torch engine. Never throws for an engine that does not load. */
export async function diagnoseTorch(): Promise<Diagnosis> {
  try {
    const info = loadAddon().info();
    const { kind, root, library } = readStamp().libtorch;
    // Inspected again: parts that were missing at build time may have been installed since.
    const place = { kind, name: kind, root, include: join(root, "include"), libs: dirname(library) };
    return describe(info, await inspectLibtorch(thisHost, place));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // A message that names a remedy other than building is shown as it is.
    if (!message.endsWith(BUILD_COMMAND)) return { name: "torch", loads: false, detail: lines(message) };
    const { found, remedy } = await whatToDo();
    return { name: "torch", loads: false, detail: [message.replace(`. ${BUILD_COMMAND}`, ""), ...found], remedy };
  }
}

/** The diagnosis of an addon that loads. */
export function describe(info: AddonInfo, { root, kind, blas, oneDnn, advice }: Libtorch): Diagnosis {
  const canBeDirect = oneDnn !== undefined && !info.directConvolutions;
  return {
    name: "torch",
    loads: true,
    version: info.version,
    detail: [
      `${info.bfloat16 ? "float32 and bfloat16" : "float32"} on the CPU${info.card && `; float32 on ${info.card}`}`,
      `${info.threads} threads; matrix products by ${blas.name}`,
      info.directConvolutions ? "convolutions by oneDNN, directly" : "convolutions through ATen",
      `libtorch from ${root} (${kind})`,
      ...(canBeDirect ? [`oneDNN's headers were not there when it was built, and are now. ${BUILD_COMMAND}`] : []),
      ...advice,
    ],
  };
}

/** The remedy for an addon that does not load: build it, after installing libtorch if that is missing. */
async function whatToDo(): Promise<{ found: string[]; remedy: string }> {
  try {
    const { version, root, kind } = await findLibtorch(thisHost);
    return { found: [`libtorch ${version} is there: ${root} (${kind})`], remedy: BUILD_COMMAND };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { found: lines(message), remedy: `Install libtorch, then ${BUILD_COMMAND.replace(/^R/, "r")}` };
  }
}

const lines = (text: string): string[] => text.split("\n");
