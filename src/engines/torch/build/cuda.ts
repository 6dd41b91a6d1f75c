/** @file CUDA's headers: the toolkit's, or those that come with NVIDIA's Python packages. */

import { join } from "node:path";
import type { Host } from "./host.ts";

/** @param packages the folder of Python packages that torch lies in */
export function cudaIncludesOf(host: Host, packages: string): readonly string[] | undefined {
  const { CUDA_HOME, CUDA_PATH } = host.env;
  const toolkits = [CUDA_HOME, CUDA_PATH, "/usr/local/cuda"].flatMap((root) => (root ? [join(root, "include")] : []));
  const toolkit = toolkits.find((folder) => host.exists(join(folder, "cuda_runtime_api.h")));
  if (toolkit !== undefined) return [toolkit];
  // Wheels: nvidia/cuda_runtime/include up to CUDA 12, nvidia/cu13/include after.
  const nvidia = join(packages, "nvidia");
  const wheels = host.list(nvidia).map((name) => join(nvidia, name, "include"));
  const hasRuntime = wheels.some((folder) => host.exists(join(folder, "cuda_runtime_api.h")));
  return hasRuntime ? wheels.filter(host.exists) : undefined;
}
