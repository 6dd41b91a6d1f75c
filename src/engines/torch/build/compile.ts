/**
 * @file Compiles units to objects, as many at once as cores and memory allow. An object's name is a hash of everything
 * it is made from, so an object that exists is not compiled again.
 */

import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { availableParallelism, freemem } from "node:os";
import { join } from "node:path";
import { EngineError } from "../../../errors.ts";
import type { Compiler } from "./compiler.ts";
import type { Host } from "./host.ts";
import type { Sources } from "./sources.ts";

/** The compiler, its flags and the log of its diagnostics. */
export interface Toolchain {
  readonly host: Host;
  readonly compiler: Compiler;
  /** Passed for every unit. */
  readonly flags: readonly string[];
  /** Called with each line of progress. */
  readonly log: (line: string) => void;
}

export interface Compiled {
  /** In the order of the units. */
  readonly objects: readonly string[];
  /** Number of objects made; the others existed. */
  readonly compiled: number;
}

/** Memory that the compiler needs for a unit that includes ATen. */
const BYTES_PER_UNIT = 2 * 2 ** 30;

/**
 * Compiles units into a folder of objects. `read` is called again after each unit, because the sources may be edited
 * during the build.
 * @throws EngineError with the compiler's diagnostics, or when a unit was edited while it was compiled
 */
export async function compileUnits(
  toolchain: Toolchain,
  read: () => Sources,
  units: readonly string[],
  to: string,
): Promise<Compiled> {
  const sources = read();
  prepare(to);
  const all = units.map((unit) => objectOf(unit, sources, to, toolchain));
  const stale = all.filter(({ object }) => !existsSync(object));
  await eachOf(stale, jobs(), async ({ unit, object }) => {
    toolchain.log(`compiling ${unit} …`);
    const args = [...toolchain.flags, "-c", join(sources.folder, unit)];
    await produce(toolchain, object, args, `${unit} does not compile`);
    if (read().unitHash(unit) === sources.unitHash(unit)) return;
    rmSync(object);
    throw new EngineError(`${unit} was edited while it was compiled. Build again`);
  });
  return { objects: all.map(({ object }) => object), compiled: stale.length };
}

interface Unit {
  readonly unit: string;
  /** Named by a hash of everything it is made from: if the file exists, it is up to date. */
  readonly object: string;
}

function objectOf(unit: string, sources: Sources, folder: string, { compiler, flags }: Toolchain): Unit {
  const made = [...compiler.command, compiler.version, ...flags, sources.unitHash(unit)];
  const hash = createHash("sha256").update(made.join("\0")).digest("hex");
  return { unit, object: join(folder, `${unit.replace(/\.cpp$/, "")}-${hash.slice(0, 16)}.o`) };
}

/** Compiles to a draft beside `target`, then renames: an interrupted or concurrent build leaves no partial file. */
export async function produce(
  { host, compiler, log }: Toolchain,
  target: string,
  args: readonly string[],
  failure: string,
): Promise<void> {
  const [command, ...first] = compiler.command;
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

/** Keeps the first lines: the first errors say most, and templates make the rest long. */
function shorten(text: string, lines = 60): string {
  const all = text.split("\n");
  return all.length <= lines ? text : `${all.slice(0, lines).join("\n")}\n… ${all.length - lines} more lines`;
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

/** Removes objects that this build did not use and that are older than an hour: another build may use newer ones. */
export function forget(folder: string, used: readonly string[]): void {
  for (const path of readdirSync(folder).map((name) => join(folder, name)))
    if (!used.includes(path) && Date.now() - statSync(path).mtimeMs > 3_600_000) rmSync(path, { force: true });
}

function jobs(): number {
  const memory = Math.min(freemem(), process.constrainedMemory() || Infinity);
  return Math.max(1, Math.min(availableParallelism(), Math.floor(memory / BYTES_PER_UNIT)));
}

/** Runs `work` on all items, at most `limit` at once. After a failure no item is started, and running ones finish. */
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
