/** @file The torch engine for `reweight doctor`: what it runs on, or what it lacks and the remedy. */

import { dirname, join } from "node:path";
import type { Diagnosis } from "../diagnosis.ts";
import { BUILD_COMMAND, loadAddon, readStamp } from "./addon.ts";
import type { AddonInfo } from "./addon.ts";
import { thisHost } from "./build/host.ts";
import type { Libtorch } from "./build/libtorch.ts";
import { findLibtorch, inspectLibtorch } from "./build/libtorch.ts";

export async function diagnoseTorch(): Promise<Diagnosis> {
  try {
    const info = loadAddon().info();
    const { kind, root, library } = readStamp().libtorch;
    // Looked at again, for what the build found missing may have been installed since.
    const place = { kind, name: kind, root, include: join(root, "include"), libs: dirname(library) };
    return describe(info, await inspectLibtorch(thisHost, place));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // A message that names another remedy than building keeps it.
    if (!message.endsWith(BUILD_COMMAND)) return { name: "torch", loads: false, detail: lines(message) };
    const { found, remedy } = await whatToDo();
    return { name: "torch", loads: false, detail: [message.replace(`. ${BUILD_COMMAND}`, ""), ...found], remedy };
  }
}

/** An addon that loads. */
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

/** One that does not: it can be built when libtorch is there. */
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
