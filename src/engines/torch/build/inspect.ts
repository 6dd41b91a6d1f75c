/** @file Reads the properties of a libtorch from its files: version, ABI, dependencies, BLAS, oneDNN. */

import { basename, dirname, join } from "node:path";
import type { Host } from "./host.ts";

/** "libtorch_cpu" → "libtorch_cpu.so" or ".dylib" */
export const libraryName = ({ platform }: Host, name: string): string =>
  `${name}.${platform === "darwin" ? "dylib" : "so"}`;

const VERSION_HEADERS = ["torch/headeronly/version.h", "torch/version.h", "torch/csrc/api/include/torch/version.h"];
const CMAKE_FOLDERS = ["share/cmake/Torch", "lib/cmake/Torch"];

/** The version, from the first of: a header, Python's version.py, libtorch's build-version, CMake's files. */
export function versionOf(host: Host, include: string, root: string, libs: string): string | undefined {
  for (const header of VERSION_HEADERS) {
    const text = host.read(join(include, header)) ?? "";
    const [major, minor, patch] = ["MAJOR", "MINOR", "PATCH"].map(
      (part) => new RegExp(`define TORCH_VERSION_${part}\\s+(\\d+)`).exec(text)?.[1],
    );
    if (major !== undefined && minor !== undefined) return `${major}.${minor}.${patch ?? 0}`;
  }
  const python = /__version__\s*=\s*['"](\d+\.\d+[^'"]*)/.exec(host.read(join(root, "version.py")) ?? "")?.[1];
  const release = host.read(join(root, "build-version"))?.trim();
  return python ?? (release || /set\(PACKAGE_VERSION "([^"]+)"/.exec(cmakeText(host, root, libs, "Version"))?.[1]);
}

function cmakeText(host: Host, root: string, libs: string, what: "" | "Version"): string {
  const folders = [join(libs, "cmake/Torch"), ...CMAKE_FOLDERS.map((folder) => join(root, folder))];
  return folders.map((folder) => host.read(join(folder, `TorchConfig${what}.cmake`)) ?? "").join("\n");
}

/**
 * Whether libtorch was built with the strings and lists of C++11 (_GLIBCXX_USE_CXX11_ABI); wheels before 2.6 were not.
 * Only Linux has both ABIs.
 */
export function usesCxx11Abi(host: Host, root: string, libs: string): boolean {
  const told = /_GLIBCXX_USE_CXX11_ABI=([01])/.exec(cmakeText(host, root, libs, ""))?.[1];
  if (told !== undefined) return told === "1";
  // The mangled name of c10::detail::torchCheckFail(const char*, const char*, uint32_t, const std::string&) with the
  // old string, Ss.
  return !(host.read(join(libs, libraryName(host, "libc10"))) ?? "").includes("torchCheckFailEPKcS2_jRKSs");
}

/** Names of the libraries that a library depends on. Empty if the tool that lists them is missing. */
export async function dependenciesOf(host: Host, library: string): Promise<readonly string[]> {
  if (host.platform === "darwin") {
    const { out } = await host.run("otool", ["-L", library]);
    return [...out.matchAll(/^\s+(\S+) \(/gm)].map(([, path]) => basename(path!));
  }
  const { out } = await host.run("readelf", ["-d", library]);
  return [...out.matchAll(/\(NEEDED\).*\[([^\]]+)\]/g)].map(([, name]) => name!);
}

/** The library for matrix products. `slow`: the reference implementation, thirty times slower than the others. */
export interface Blas {
  readonly name: string;
  readonly slow: boolean;
}

/** The BLAS that a libtorch with these dependencies uses. */
export function blasOf(host: Host, libs: string, dependencies: readonly string[]): Blas {
  const direct = dependencies.find((name) => /openblas|mkl|blis|armpl|Accelerate/i.test(name));
  if (direct !== undefined) return { name: direct, slow: false };
  const generic = dependencies.find((name) => /^lib(c?blas|lapack)\b/.test(name));
  if (generic === undefined)
    return { name: host.platform === "darwin" ? "Accelerate" : "inside libtorch", slow: false };
  const path = host.realPath(join(libs, dependencies.find((name) => /^libblas\b/.test(name)) ?? generic));
  const fast = /openblas|mkl|blis|atlas|armpl|flexiblas/i.exec(path)?.[0].toLowerCase();
  return fast === undefined ? { name: "the reference BLAS", slow: true } : { name: fast, slow: false };
}

/** oneDNN's own interface: its headers, and the same library file that libtorch loads. */
export interface OneDnn {
  readonly include: string;
  readonly libs: string;
}

/** oneDNN, or the reason why it cannot be called directly. */
export function oneDnnOf(
  host: Host,
  includes: readonly string[],
  libs: string,
  dependencies: readonly string[],
): OneDnn | string {
  const wanted = dependencies.find((name) => name.startsWith("libdnnl"));
  if (wanted === undefined) return "this libtorch holds oneDNN inside, where nothing else can call it";
  const include = [...includes, join(libs, "../include"), "/usr/include", "/usr/local/include"].find((folder) =>
    host.exists(join(folder, "oneapi/dnnl/dnnl.hpp")),
  );
  if (include === undefined) return "oneDNN's headers are missing";
  const library = [libs, join(dirname(include), "lib")]
    .map((folder) => join(folder, libraryName(host, "libdnnl")))
    .find(host.exists);
  if (library === undefined) return "the library to link oneDNN with is missing";
  const stem = (name: string): string => name.split(/[.-]/).slice(0, 3).join(".");
  const real = basename(host.realPath(library));
  if (stem(real) !== stem(wanted)) return `libtorch uses ${wanted}, and ${library} is ${real}`;
  return { include, libs: dirname(library) };
}
