/** @file Stamps: the record beside an addon of what it was built from, and the check whether the addon still fits. */

import { statSync } from "node:fs";
import type { PlaceKind } from "./places.ts";

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
