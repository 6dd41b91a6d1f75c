/** @file Where sources and results of the build lie. The same from `src` and from `dist`. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** The addon's sources. */
export const NATIVE_FOLDER = join(root, "native");
/** Objects and addons; nothing in it is precious. */
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

export const addonPath = (variant: Variant = "release", folder = BUILD_FOLDER): string => join(folder, FILES[variant]);

/** What is written beside an addon: `reweight-torch.json` beside `reweight-torch.node`. */
export const stampPath = (addon: string): string => addon.replace(/\.node$/, ".json");
