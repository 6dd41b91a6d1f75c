/** @file The torch engine for `reweight doctor`: what it runs on, or what it lacks and the remedy. */

import type { Diagnosis } from "../diagnosis.ts";
import { BUILD_COMMAND, loadAddon, readStamp } from "./addon.ts";
import type { AddonInfo } from "./addon.ts";
import { thisHost } from "./build/host.ts";
import { findLibtorch } from "./build/libtorch.ts";
import type { Stamp } from "./build/stamp.ts";

export async function diagnoseTorch(): Promise<Diagnosis> {
  try {
    const info = loadAddon().info();
    return describe(info, readStamp());
  } catch (cause) {
    const { found, remedy } = await whatToDo();
    const message = cause instanceof Error ? cause.message : String(cause);
    return {
      name: "torch",
      loads: false,
      detail: [...lines(message.replace(`. ${BUILD_COMMAND}`, "")), ...found],
      remedy,
    };
  }
}

/** An addon that loads. */
export function describe(info: AddonInfo, { libtorch, blas, advice }: Stamp): Diagnosis {
  const bfloat16 = info.bfloat16 ? "float32 and bfloat16" : "float32";
  return {
    name: "torch",
    loads: true,
    version: info.version,
    detail: [
      `${bfloat16} on ${info.cuda ? "the CPU and CUDA" : "the CPU"}`,
      `${info.threads} threads; matrix products by ${blas}`,
      info.directConvolutions ? "convolutions by oneDNN, directly" : "convolutions through ATen",
      `libtorch from ${libtorch.root} (${libtorch.kind})`,
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
