/** @file Building the addon: compile what changed, as many units at once as the machine bears, link, and put it in place. */

import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, freemem } from "node:os";
import { join } from "node:path";
import { EngineError } from "../../../errors.ts";
import { findCompiler } from "./compiler.ts";
import type { Compiler } from "./compiler.ts";
import { flagsFor, NAPI_VERSION } from "./flags.ts";
import type { Flags } from "./flags.ts";
import type { Host } from "./host.ts";
import { libraryName } from "./inspect.ts";
import type { Libtorch } from "./libtorch.ts";
import type { Variant } from "./paths.ts";
import { addonPath, BUILD_FOLDER, NATIVE_FOLDER, stampPath } from "./paths.ts";
import { instructionsOf } from "./processor.ts";
import type { Sources } from "./sources.ts";
import { readSources } from "./sources.ts";
import type { Stamp } from "./stamp.ts";
import { sizeOf } from "./stamp.ts";

export interface BuildOptions {
  readonly variant?: Variant;
  /** Warnings in our own code end the build. */
  readonly strict?: boolean;
  /** Where the sources are. */
  readonly from?: string;
  /** Where objects and the addon go. */
  readonly to?: string;
  /** Called with each line of progress. */
  readonly log?: (line: string) => void;
}

export interface Built {
  readonly path: string;
  readonly seconds: number;
  /** How many units were compiled; the others had not changed. */
  readonly compiled: number;
  readonly units: number;
}

/** What a unit that includes ATen takes while it compiles. */
const BYTES_PER_UNIT = 2 * 2 ** 30;

/** @throws EngineError when there is no compiler, or with what the compiler says */
export async function buildAddon(host: Host, libtorch: Libtorch, options: BuildOptions = {}): Promise<Built> {
  const { variant = "release", strict = false, from = NATIVE_FOLDER, to = BUILD_FOLDER, log = () => {} } = options;
  const start = performance.now();
  const compiler = await findCompiler(host);
  const flags = flagsFor(host, libtorch, { variant, strict });
  const sources = readSources(from);
  if (sources.units.length === 0) throw new EngineError(`${from}: expected C++ files to compile; it has none`);

  const objects = join(to, "objects", variant);
  prepare(objects);
  const units = sources.units.map((unit) => objectOf(unit, sources, objects, compiler, flags));
  const stale = units.filter(({ object }) => !existsSync(object));
  await eachOf(stale, jobs(), async ({ unit, object }) => {
    log(`compiling ${unit} …`);
    await produce(host, compiler, object, [...flags.compile, "-c", join(from, unit)], `${unit} does not compile`, log);
    if (readSources(from).unitHash(unit) === sources.unitHash(unit)) return;
    rmSync(object);
    throw new EngineError(`${unit} was edited while it was compiled. Build again`);
  });

  const path = addonPath(variant, to);
  log(`linking ${path} …`);
  const paths = units.map(({ object }) => object);
  await produce(host, compiler, path, [...paths, ...flags.link], "the addon does not link", log);
  const stamp = stampOf(host, libtorch, compiler, flags, sources);
  const preload = variant === "sanitize" ? { preload: await sanitizerOf(host, compiler) } : {};
  replace(stampPath(path), JSON.stringify({ ...stamp, ...preload }, null, 2));
  forget(objects, paths);
  return { path, seconds: (performance.now() - start) / 1000, compiled: stale.length, units: units.length };
}

interface Unit {
  readonly unit: string;
  /** Named by all that it is made from, so that one that is there is right. */
  readonly object: string;
}

function objectOf(unit: string, sources: Sources, folder: string, compiler: Compiler, flags: Flags): Unit {
  const made = [...compiler.command, compiler.version, ...flags.compile, sources.unitHash(unit)];
  const hash = createHash("sha256").update(made.join("\0")).digest("hex");
  return { unit, object: join(folder, `${unit.replace(/\.cpp$/, "")}-${hash.slice(0, 16)}.o`) };
}

/** Runs the compiler into a file beside `target`, then renames: a build that is stopped, or runs twice, leaves no half a file. */
async function produce(
  host: Host,
  { command: [command, ...first] }: Compiler,
  target: string,
  args: readonly string[],
  failure: string,
  log: (line: string) => void,
): Promise<void> {
  const draft = `${target}.${process.pid}`;
  const { code, out, err } = await host.run(command, [...first, ...args, "-o", draft]);
  const said = `${out}${err}`.trimEnd();
  if (code !== 0) {
    rmSync(draft, { force: true });
    const killed = said === "" || /Killed|out of memory|terminated signal/i.test(said);
    const remedy = killed ? "\nIt may have run out of memory: free some, and build again" : "";
    throw new EngineError(`${failure}:\n${shorten(said)}${remedy}`);
  }
  if (said !== "") log(said);
  renameSync(draft, target);
}

/** The first errors say most; templates make the rest long. */
function shorten(text: string, lines = 60): string {
  const all = text.split("\n");
  return all.length <= lines ? text : `${all.slice(0, lines).join("\n")}\n… ${all.length - lines} more lines`;
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.${process.pid}`, `${text}\n`);
  renameSync(`${path}.${process.pid}`, path);
}

function prepare(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new EngineError(
      `${folder}: expected a folder that can be written to; ${cause instanceof Error ? cause.message : String(cause)}. Install reweight where you may write, or build as the user who installed it`,
      { cause },
    );
  }
}

/** Removes objects that this build had no use for, unless they are fresh: another build may be at work. */
function forget(folder: string, used: readonly string[]): void {
  for (const path of readdirSync(folder).map((name) => join(folder, name)))
    if (!used.includes(path) && Date.now() - statSync(path).mtimeMs > 3_600_000) rmSync(path, { force: true });
}

function jobs(): number {
  const memory = Math.min(freemem(), process.constrainedMemory() || Infinity);
  return Math.max(1, Math.min(availableParallelism(), Math.floor(memory / BYTES_PER_UNIT)));
}

/** Runs `work` on all items, at most `limit` at once. After a failure none is begun, and those under way are waited for. */
async function eachOf<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: limit }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

async function sanitizerOf(host: Host, { command: [command, ...first] }: Compiler): Promise<string> {
  const { out } = await host.run(command, [...first, "-print-file-name=libasan.so"]);
  return out.trim();
}

function stampOf(host: Host, libtorch: Libtorch, compiler: Compiler, flags: Flags, sources: Sources): Stamp {
  const { version, kind, root, libs, blas, advice } = libtorch;
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
    blas: blas.name,
    advice,
  };
}
