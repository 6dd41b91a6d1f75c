/** @file Finds libtorch: the first place with headers, libraries and a supported version. */

import { dirname, join } from "node:path";
import { EngineError } from "../../../errors.ts";
import { cudaIncludesOf } from "./cuda.ts";
import type { Host } from "./host.ts";
import type { Blas, OneDnn } from "./inspect.ts";
import { blasOf, dependenciesOf, libraryName, oneDnnOf, usesCxx11Abi, versionOf } from "./inspect.ts";
import type { Place, PlaceKind } from "./places.ts";
import { placesToLook } from "./places.ts";
import { install, waysToLibtorch } from "./remedies.ts";

/** A libtorch that the addon can be built against. */
export interface Libtorch {
  readonly kind: PlaceKind;
  readonly root: string;
  readonly version: string;
  readonly includes: readonly string[];
  readonly libs: string;
  readonly cxx11Abi: boolean;
  /** The OpenMP library that it ships; undefined if it uses the system's. Two in a process would compete for cores. */
  readonly openmp: string | undefined;
  readonly blas: Blas;
  readonly oneDnn: OneDnn | undefined;
  /** Folders with CUDA's headers; undefined if libtorch has no CUDA or the headers are missing. */
  readonly cuda: readonly string[] | undefined;
  /** Places that were tried before, each with the reason for its rejection. */
  readonly skipped: readonly string[];
  /** Missing parts that would make the engine faster or more capable, each with the command that installs it. */
  readonly advice: readonly string[];
}

/** The oldest libtorch that the addon supports. */
const OLDEST = "1.13";

/** @throws EngineError listing the places that were tried and the ways to install libtorch */
export async function findLibtorch(host: Host): Promise<Libtorch> {
  if (host.platform !== "linux" && host.platform !== "darwin")
    throw new EngineError(
      `the torch engine is built on Linux and macOS; this is ${host.platform}. Use --engine onnx, or build inside WSL`,
    );
  const skipped: string[] = [];
  for (const place of await placesToLook(host)) {
    const reason = "reason" in place ? place.reason : unusable(host, place);
    if (reason === undefined) return await inspectLibtorch(host, place as Place, skipped);
    skipped.push(`${place.name}${"root" in place ? ` (${place.root})` : ""}: ${reason}`);
  }
  const looked = skipped.map((line) => `  ${line}`).join("\n");
  if (host.env["LIBTORCH"])
    throw new EngineError(
      `LIBTORCH: expected a folder with libtorch's include/ and lib/; got\n${looked}\nSet it to another folder, or unset it to let the usual places be searched`,
    );
  const ways = waysToLibtorch(host).map((line) => `  ${line}`);
  throw new EngineError(`found no libtorch. Looked at\n${looked}\nInstall it:\n${ways.join("\n")}`);
}

/** Why the addon cannot be built against a place; undefined if it can. */
function unusable(host: Host, { include, libs, root }: Place): string | undefined {
  const header = join(include, "ATen/ATen.h");
  if (!host.exists(header)) return `has no headers: there is no ${header}`;
  const library = join(libs, libraryName(host, "libtorch_cpu"));
  if (!host.exists(library)) return `has headers but no library: there is no ${library}`;
  const version = versionOf(host, include, root, libs);
  if (version === undefined) return "does not say which version it is";
  return isAtLeast(version, OLDEST) ? undefined : `is version ${version}; ${OLDEST} or newer is needed`;
}

/** Reads what a usable place contains and lacks at this moment. */
export async function inspectLibtorch(host: Host, place: Place, skipped: readonly string[] = []): Promise<Libtorch> {
  const { kind, root, include, libs } = place;
  const includes = [include, join(include, "torch/csrc/api/include")];
  const dependencies = await dependenciesOf(host, join(libs, libraryName(host, "libtorch_cpu")));
  const blas = blasOf(host, libs, dependencies);
  const oneDnn = oneDnnOf(host, includes, libs, dependencies);
  const hasCuda = host.exists(join(libs, libraryName(host, "libtorch_cuda")));
  const cuda = hasCuda ? cudaIncludesOf(host, dirname(root)) : undefined;
  const openmp = dependencies.find((name) => /^lib(gomp|iomp5|omp)\b/.test(name) && host.exists(join(libs, name)));
  const advice = [
    ...(blas.slow ? [`matrix products use the reference BLAS, 30 times slower: ${install(host, "blas")}`] : []),
    ...(typeof oneDnn === "string" ? [oneDnnAdvice(host, oneDnn)] : []),
    ...(hasCuda && cuda === undefined
      ? [`this libtorch has CUDA, but CUDA's headers are missing, so the engine gets no GPU: ${install(host, "cuda")}`]
      : []),
  ];
  return {
    kind,
    root,
    version: versionOf(host, include, root, libs)!,
    includes,
    libs,
    cxx11Abi: usesCxx11Abi(host, root, libs),
    openmp: openmp === undefined || kind === "system" ? undefined : join(libs, openmp),
    blas,
    oneDnn: typeof oneDnn === "string" ? undefined : oneDnn,
    cuda,
    skipped,
    advice,
  };
}

function oneDnnAdvice(host: Host, reason: string): string {
  const remedy = reason.includes("missing") ? `; for direct ones: ${install(host, "onednn")}` : "";
  return `convolutions go through ATen: ${reason}${remedy}`;
}

/** Whether a version, as "2.10.0+cpu", is at least another, as "2.9". Compares numbers, not text. */
export function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
