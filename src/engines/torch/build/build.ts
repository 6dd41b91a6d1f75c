/** @file Builds the addon: compiles changed units, links, and puts the result in place. */

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { EngineError } from "../../../errors.ts";
import { compileUnits, forget, produce } from "./compile.ts";
import { findCompiler } from "./compiler.ts";
import type { Compiler } from "./compiler.ts";
import { flagsFor, NAPI_VERSION } from "./flags.ts";
import type { Flags } from "./flags.ts";
import type { Host } from "./host.ts";
import { libraryName } from "./inspect.ts";
import type { Libtorch } from "./libtorch.ts";
import type { Variant } from "./paths.ts";
import { addonPath, BUILD_FOLDER, NATIVE_FOLDER, objectsPath, stampPath } from "./paths.ts";
import { instructionsOf } from "./processor.ts";
import type { Sources } from "./sources.ts";
import { readSources } from "./sources.ts";
import type { Stamp } from "./stamp.ts";
import { fingerprintOf, sizeOf } from "./stamp.ts";

export interface BuildOptions {
  readonly variant?: Variant;
  /** Treats warnings in our own code as errors. */
  readonly strict?: boolean;
  /** Folder of the sources. */
  readonly from?: string;
  /** Folder for objects and the addon. */
  readonly to?: string;
  /** Called with each line of progress. */
  readonly log?: (line: string) => void;
}

/** The outcome of a build. */
export interface Built {
  readonly path: string;
  readonly seconds: number;
  /** Number of units that were compiled; the others had not changed. */
  readonly compiled: number;
  readonly units: number;
}

/** @throws EngineError when there is no compiler or no source, or with the compiler's diagnostics */
export async function buildAddon(host: Host, libtorch: Libtorch, options: BuildOptions = {}): Promise<Built> {
  const { variant = "release", strict = false, from = NATIVE_FOLDER, to = BUILD_FOLDER, log = () => {} } = options;
  const start = performance.now();
  const compiler = await findCompiler(host);
  const flags = flagsFor(host, libtorch, { variant, strict });
  const sources = readSources(from);
  if (sources.units.length === 0) throw new EngineError(`${from}: expected C++ files to compile; it has none`);

  const folder = objectsPath(variant, to);
  const toolchain = { host, compiler, flags: flags.compile, log };
  const { objects, compiled } = await compileUnits(toolchain, () => readSources(from), sources.units, folder);
  const path = addonPath(variant, to);
  log(`linking ${path} …`);
  // Beside the objects, where `forget` removes what a killed build has left.
  const staged = join(folder, `${basename(path)}.${process.pid}`);
  await produce(toolchain, staged, [...objects, ...flags.link], "the addon does not link");
  const stamp = stampOf(host, libtorch, compiler, flags, sources);
  const preload = variant === "sanitize" ? { preload: await sanitizerOf(host, compiler) } : {};
  putInPlace(staged, { ...stamp, addon: fingerprintOf(readFileSync(staged)), ...preload }, path);
  forget(folder, objects);
  return { path, seconds: (performance.now() - start) / 1000, compiled, units: objects.length };
}

/**
 * Moves an addon and its stamp to where they are loaded from. If the process ends between the two moves, the older stamp
 * does not know the newer addon: it is refused, and the next build puts both in place.
 */
function putInPlace(staged: string, stamp: Stamp, path: string): void {
  const record = `${staged}.json`;
  writeFileSync(record, `${JSON.stringify(stamp, null, 2)}\n`);
  renameSync(staged, path);
  renameSync(record, stampPath(path));
}

/** Path of the AddressSanitizer library, which must be preloaded into the process. */
export async function sanitizerOf(host: Host, { command: [command, ...first] }: Compiler): Promise<string> {
  const { out } = await host.run(command, [...first, "-print-file-name=libasan.so"]);
  return out.trim();
}

function stampOf(
  host: Host,
  libtorch: Libtorch,
  compiler: Compiler,
  flags: Flags,
  sources: Sources,
): Omit<Stamp, "addon"> {
  const { version, kind, root, libs } = libtorch;
  const library = join(libs, libraryName(host, "libtorch_cpu"));
  return {
    libtorch: { version, kind, root, library, librarySize: sizeOf(library) ?? 0 },
    compiler: compiler.version,
    flags: [...flags.compile, ...flags.link],
    platform: host.platform,
    arch: host.arch,
    napi: NAPI_VERSION,
    sources: sources.hash,
    instructions: instructionsOf(host),
  };
}
