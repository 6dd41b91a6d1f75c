/** @file Finds CUDA's headers: those that came with torch's wheel, which match it exactly, or the toolkit's. */

import { join } from "node:path";
import type { Host } from "./host.ts";

/** Folders with CUDA's headers; undefined if there are none. `CUDA_HOME` has priority, because the user chose it. */
export function cudaIncludesOf(host: Host, packages: string): readonly string[] | undefined {
  const { CUDA_HOME, CUDA_PATH } = host.env;
  const toolkit = (root: string | undefined): string[] => (root ? [join(root, "include")] : []);
  const places = [toolkit(CUDA_HOME), wheelIncludes(host, packages), toolkit(CUDA_PATH), toolkit("/usr/local/cuda")];
  return places.find((folders) => folders.some((folder) => host.exists(join(folder, "cuda_runtime.h"))));
}

/** Header folders of wheels: nvidia/cuda_runtime/include and its neighbours up to CUDA 12, then nvidia/cu13/include. */
function wheelIncludes(host: Host, packages: string): string[] {
  const nvidia = join(packages, "nvidia");
  return host
    .list(nvidia)
    .map((name) => join(nvidia, name, "include"))
    .filter(host.exists);
}
