/** @file Stamps: the record beside an addon of what it was built from, and the check whether the addon still fits. */

import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import type { PlaceKind } from "./places.ts";

/** What tells a file's contents from any other: its size and SHA-256. */
export interface Fingerprint {
  readonly size: number;
  readonly hash: string;
}

/** What an addon was built from, and for. */
export interface Stamp {
  readonly libtorch: {
    readonly version: string;
    readonly kind: PlaceKind;
    readonly root: string;
    /** Path and size of the library: an upgrade in place changes the size. */
    readonly library: string;
    readonly librarySize: number;
  };
  readonly compiler: string;
  readonly flags: readonly string[];
  readonly platform: string;
  readonly arch: string;
  readonly napi: number;
  /** Hash of the sources. */
  readonly sources: string;
  /** The addon itself: one that was cut short would end the process that loads it. */
  readonly addon: Fingerprint;
  /** Instruction sets of the processor that it was compiled for. */
  readonly instructions: readonly string[];
  /** Only of a sanitizer build: the library that must be preloaded into the process. */
  readonly preload?: string;
}

/** The present machine and sources, to compare with a stamp. */
export interface Present {
  readonly platform: string;
  readonly arch: string;
  readonly napi: number;
  /** Hash of the sources; undefined if they are not installed. */
  readonly sources: string | undefined;
  readonly instructions: readonly string[];
  sizeOf(path: string): number | undefined;
}

/** A file's size; undefined when there is no such file. */
export const sizeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size;

export const fingerprintOf = (bytes: Uint8Array): Fingerprint => ({
  size: bytes.length,
  hash: createHash("sha256").update(bytes).digest("hex"),
});

const isText = (value: unknown): value is string => typeof value === "string";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/** Reads a stamp; undefined for anything else, such as one cut short or one of an older version. */
export function parseStamp(text: string): Stamp | undefined {
  let stamp: Partial<Stamp> | null;
  try {
    stamp = JSON.parse(text) as Partial<Stamp> | null;
  } catch {
    return undefined;
  }
  const { libtorch, addon, compiler, platform, arch, sources, napi, flags, instructions, preload } = stamp ?? {};
  const isWhole =
    [compiler, platform, arch, sources, addon?.hash].every(isText) &&
    [libtorch?.version, libtorch?.kind, libtorch?.root, libtorch?.library].every(isText) &&
    [napi, addon?.size, libtorch?.librarySize].every(Number.isFinite) &&
    isTexts(flags) &&
    isTexts(instructions) &&
    (preload === undefined || isText(preload));
  return isWhole ? (stamp as Stamp) : undefined;
}

/** Why an addon's file is not the one that was stamped; undefined if it is. */
export function damageOf({ addon }: Stamp, bytes: Uint8Array): string | undefined {
  const { size, hash } = fingerprintOf(bytes);
  if (size !== addon.size) return `is not the file that was built: expected ${addon.size} bytes, got ${size}`;
  if (hash !== addon.hash) return `is not the file that was built: its ${size} bytes have another SHA-256`;
  return undefined;
}

/** Why an addon must be built again; undefined if it fits. */
export function misfit(stamp: Stamp, here: Present): string | undefined {
  if (stamp.platform !== here.platform || stamp.arch !== here.arch)
    return `was built for ${stamp.platform}-${stamp.arch}; this is ${here.platform}-${here.arch}`;
  if (stamp.napi > here.napi) return `needs Node-API ${stamp.napi}; this Node has ${here.napi}`;
  if (here.sources !== undefined && stamp.sources !== here.sources) return "was built from other sources";
  const lacking = stamp.instructions.filter((name) => !here.instructions.includes(name));
  if (lacking.length > 0)
    return `was built on another processor, which has ${lacking.slice(0, 5).join(", ")}${lacking.length > 5 ? ` and ${lacking.length - 5} more` : ""}`;
  const { library, librarySize, version } = stamp.libtorch;
  const size = here.sizeOf(library);
  if (size === undefined) return `was built against libtorch ${version}, but ${library} is gone`;
  if (size !== librarySize) return `was built against libtorch ${version}, but ${library} has changed since`;
  return undefined;
}
