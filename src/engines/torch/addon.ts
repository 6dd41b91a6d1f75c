/** @file Loads the addon. The errors name the remedy. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { EngineError } from "../../errors.ts";
import { thisHost } from "./build/host.ts";
import { addonPath, INSTALLED, NATIVE_FOLDER, stampPath } from "./build/paths.ts";
import { instructionsOf } from "./build/processor.ts";
import { readSources } from "./build/sources.ts";
import type { Present, Stamp } from "./build/stamp.ts";
import { damageOf, misfit, parseStamp, sizeOf } from "./build/stamp.ts";
import type { NativeCalls } from "./program.ts";

/** The addon's report about itself. */
export interface AddonInfo {
  readonly version: string;
  readonly threads: number;
  readonly cuda: boolean;
  /** The graphics card's name; empty if there is none. */
  readonly card: string;
  readonly directConvolutions: boolean;
  readonly bfloat16: boolean;
  /** Ops that the native table implements. */
  readonly ops: readonly string[];
}

/** The addon's exports. */
export interface Addon extends NativeCalls {
  readonly info: () => AddonInfo;
}

/** Tells the user how to build the addon, from a project or from a checkout; ends error messages. */
export const BUILD_COMMAND = `Run \`${INSTALLED ? "npx reweight build-torch" : "npm run build:torch"}\``;

/** Path of the addon: `REWEIGHT_TORCH_ADDON` if set (for debug and sanitizer builds), else that of the build. */
export function whereAddonIs(): string {
  const named = process.env["REWEIGHT_TORCH_ADDON"];
  return named ? resolve(named) : addonPath();
}

/** The record of what the addon was built from. @throws EngineError if the addon or the record is missing or unreadable */
export function readStamp(path = whereAddonIs()): Stamp {
  const stamp = stampPath(path);
  const missing = [path, stamp].find((file) => !existsSync(file));
  if (missing !== undefined)
    throw new EngineError(
      path === addonPath()
        ? `the torch engine is not built: there is no ${missing}. ${BUILD_COMMAND}`
        : `REWEIGHT_TORCH_ADDON: expected an addon with its .json beside it; there is no ${missing}. Build it with \`reweight build-torch --sanitize\` or \`--debug\`, or unset it`,
    );
  const record = parseStamp(contentsOf(stamp).toString("utf8"));
  if (record) return record;
  throw new EngineError(
    `the torch engine, ${path}: expected ${stamp} to say what it was built from; it is damaged or of another version of reweight. ${BUILD_COMMAND}`,
  );
}

/** @throws EngineError when the system does not let the file be read */
function contentsOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(`the torch engine: ${path} cannot be read: ${message}. ${BUILD_COMMAND}`, { cause });
  }
}

/** This process, processor and source tree, to compare with a stamp. */
export function presentHere(from = NATIVE_FOLDER): Present {
  return {
    platform: process.platform,
    arch: process.arch,
    napi: Number(process.versions["napi"]),
    sources: existsSync(from) ? readSources(from).hash : undefined,
    instructions: instructionsOf(thisHost),
    sizeOf,
  };
}

/**
 * @throws EngineError when it is not built, no longer fits sources, processor or libtorch, is not the file that was built,
 * or does not load
 */
export function loadAddon(path = whereAddonIs(), here: Present = presentHere()): Addon {
  const stamp = readStamp(path);
  const reason = misfit(stamp, here) ?? damageOf(stamp, contentsOf(path));
  if (reason !== undefined) throw new EngineError(`the torch engine, ${path}, ${reason}. ${BUILD_COMMAND}`);
  // AddressSanitizer must be preloaded: if it is loaded later, it ends the process.
  if (stamp.preload !== undefined && !/asan/.test(process.env["LD_PRELOAD"] ?? ""))
    throw new EngineError(
      `the torch engine, ${path}, is a sanitizer build. Start Node with LD_PRELOAD=${stamp.preload} ASAN_OPTIONS=detect_leaks=0`,
    );
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(`the torch engine, ${path}, does not load: ${message}. ${remedyFor(message)}`, { cause });
  }
}

function remedyFor(message: string): string {
  return /cannot open shared object file|Library not loaded/.test(message)
    ? `Install libtorch again with all that it needs, then ${BUILD_COMMAND.replace(/^R/, "r")}`
    : BUILD_COMMAND;
}
