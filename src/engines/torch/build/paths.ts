/** @file Where sources and results of the build lie. The same from `src`, from `dist` and from where benchmarks are built. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's own folder: the nearest above this file that is one. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

const root = packageFolder();

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

/** Objects of the addon's units; other programs made from them take them from here. */
export const objectsPath = (variant: Variant, folder = BUILD_FOLDER): string => join(folder, "objects", variant);

/** What is written beside an addon: `reweight-torch.json` beside `reweight-torch.node`. */
export const stampPath = (addon: string): string => addon.replace(/\.node$/, ".json");
