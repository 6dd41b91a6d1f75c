/** @file Flags of the compiler and the linker. */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { EngineError } from "../../../errors.ts";
import type { Host } from "./host.ts";
import type { Libtorch } from "./libtorch.ts";
import { isAtLeast } from "./libtorch.ts";
import type { Variant } from "./paths.ts";
import { install } from "./remedies.ts";

/** The Node-API version that the addon is compiled for; Node 16 and later support it. */
export const NAPI_VERSION = 8;

export interface FlagOptions {
  readonly variant: Variant;
  /** Treats warnings in our own code as errors. */
  readonly strict: boolean;
  /** Links the addon (the default), or a standalone program. */
  readonly product?: "addon" | "program";
}

export interface Flags {
  readonly compile: readonly string[];
  readonly link: readonly string[];
}

/** Flags to compile and link against a libtorch. @throws EngineError on macOS without OpenMP */
export function flagsFor(host: Host, libtorch: Libtorch, options: FlagOptions): Flags {
  const { variant, strict, product = "addon" } = options;
  const openmp = openmpFlags(host, libtorch);
  return {
    compile: [
      `-std=${standardFor(libtorch.version)}`,
      ...codeFlags(host, variant),
      ...openmp.compile,
      "-fPIC",
      "-fvisibility=hidden",
      "-Wall",
      "-Wextra",
      ...(strict ? ["-Werror"] : []),
      ...definitions(host, libtorch),
      ...includeFolders(libtorch).flatMap((folder) => ["-isystem", folder]),
    ],
    link: [
      ...(product === "program" ? [] : sharedFlags(host)),
      ...(variant === "sanitize" ? SANITIZERS : []),
      ...libraries(host, libtorch),
      ...openmp.link,
    ],
  };

  // Headers of 2.12 and later use C++20. Earlier libtorch was itself built with C++17.
  function standardFor(version: string): string {
    return isAtLeast(version, "2.12") ? "c++20" : "c++17";
  }
}

const sharedFlags = ({ platform }: Host): readonly string[] =>
  platform === "darwin" ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared"];

const SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize=vptr", "-fno-sanitize-recover=undefined"];

function codeFlags({ arch, platform }: Host, variant: Variant): string[] {
  const own = platform === "darwin" && arch === "arm64" ? "-mcpu=native" : "-march=native";
  // The highest level that valgrind can run: no AVX-512.
  const processor = variant === "debug" && arch === "x64" ? "-march=x86-64-v3" : own;
  const contract = "-ffp-contract=fast";
  if (variant === "release") return ["-O3", processor, contract];
  return ["-O1", "-g", "-fno-omit-frame-pointer", processor, contract, ...(variant === "sanitize" ? SANITIZERS : [])];
}

function definitions(host: Host, { version, cxx11Abi, oneDnn, cuda }: Libtorch): string[] {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return [
    `-DNAPI_VERSION=${NAPI_VERSION}`,
    "-DNAPI_CPP_EXCEPTIONS",
    `-DREWEIGHT_TORCH_VERSION="${version}"`,
    `-DREWEIGHT_TORCH_MAJOR=${major}`,
    `-DREWEIGHT_TORCH_MINOR=${minor}`,
    ...(host.platform === "linux" ? [`-D_GLIBCXX_USE_CXX11_ABI=${cxx11Abi ? 1 : 0}`] : []),
    ...(oneDnn === undefined ? [] : ["-DREWEIGHT_ONEDNN"]),
    ...(cuda === undefined ? [] : ["-DREWEIGHT_CUDA"]),
  ];
}

/** Omits the compiler's default folders: naming them would change their search order. */
function includeFolders({ includes, oneDnn, cuda = [] }: Libtorch): string[] {
  const require = createRequire(import.meta.url);
  const packageFolder = (name: string): string => dirname(require.resolve(`${name}/package.json`));
  const node = [packageFolder("node-addon-api"), join(packageFolder("node-api-headers"), "include")];
  const all = [...node, ...includes, ...(oneDnn === undefined ? [] : [oneDnn.include]), ...cuda];
  return [...new Set(all)].filter((folder) => folder !== "/usr/include" && folder !== "/usr/local/include");
}

function libraries({ platform }: Host, { kind, libs, oneDnn, cuda }: Libtorch): string[] {
  const folders = [...new Set([libs, ...(oneDnn === undefined ? [] : [oneDnn.libs])])];
  // Not libtorch itself: it is only a shell that loads the others, including hundreds of megabytes of CUDA.
  const names = [
    "torch_cpu",
    "c10",
    ...(cuda === undefined ? [] : ["torch_cuda", "c10_cuda"]),
    ...(oneDnn === undefined ? [] : ["dnnl"]),
  ];
  return [
    ...folders.map((folder) => `-L${folder}`),
    // The loader finds the system's libraries without an rpath.
    ...(kind === "system" ? [] : folders.map((folder) => `-Wl,-rpath,${folder}`)),
    // Kernels register themselves when their library is loaded, so it must be loaded even if no symbol refers to it.
    ...(platform === "linux" ? ["-Wl,--no-as-needed"] : []),
    ...names.map((name) => `-l${name}`),
  ];
}

/** Links the OpenMP library that libtorch uses: the one that it ships, by its path, else the compiler's. */
function openmpFlags(host: Host, { openmp, libs }: Libtorch): Flags {
  if (host.platform === "linux")
    return { compile: ["-fopenmp"], link: openmp === undefined ? ["-fopenmp"] : [openmp, `-Wl,-rpath,${libs}`] };
  const prefixes = [host.env["HOMEBREW_PREFIX"], "/opt/homebrew", "/usr/local"].flatMap((prefix) => prefix ?? []);
  const libomp = prefixes
    .map((prefix) => join(prefix, "opt/libomp"))
    .find((folder) => host.exists(join(folder, "include/omp.h")));
  if (libomp === undefined)
    throw new EngineError(
      `found no OpenMP: expected omp.h in ${prefixes.map((prefix) => join(prefix, "opt/libomp/include")).join(" or ")}. Install it: ${install(host, "openmp")}`,
    );
  return {
    compile: ["-Xpreprocessor", "-fopenmp", "-isystem", join(libomp, "include")],
    link: openmp === undefined ? [`-L${join(libomp, "lib")}`, `-Wl,-rpath,${join(libomp, "lib")}`, "-lomp"] : [openmp],
  };
}
