/** @file Paths of the build's sources and results. They are the same from `src`, `dist` and compiled benchmarks. */

import { dirname, join } from "node:path";
import { PACKAGE_ROOT as root } from "../../../package-root.ts";

/** Whether a package manager put this package where it is; else it is a checkout. */
export const INSTALLED = dirname(root).endsWith("node_modules");

/** The addon's sources. */
export const NATIVE_FOLDER = join(root, "native");
/** Objects and addons; safe to delete. */
export const BUILD_FOLDER = join(NATIVE_FOLDER, "build");

/**
 * `release` is what training uses. `debug` is for valgrind and debuggers: no AVX-512, which valgrind cannot run.
 * `sanitize` checks addresses and undefined behaviour.
 */
export type Variant = "release" | "debug" | "sanitize";

const FILES: Readonly<Record<Variant, string>> = {
  release: "reweight-torch.node",
  debug: "reweight-torch-debug.node",
  sanitize: "reweight-torch-asan.node",
};

/** Path of the addon of a variant. */
export const addonPath = (variant: Variant = "release", folder = BUILD_FOLDER): string => join(folder, FILES[variant]);

/** Folder of the addon's objects; test programs link them from here too. */
export const objectsPath = (variant: Variant, folder = BUILD_FOLDER): string => join(folder, "objects", variant);

/** Path of an addon's stamp: `reweight-torch.json` beside `reweight-torch.node`. */
export const stampPath = (addon: string): string => addon.replace(/\.node$/, ".json");
