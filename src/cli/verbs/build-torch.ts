/**
 * @file `reweight build-torch`: builds the torch engine. It reports the LibTorch found, missing parts, and their
 * installation.
 */

import type { Command } from "commander";
import { rmSync } from "node:fs";
import { readStamp } from "../../engines/torch/addon.ts";
import { buildAddon } from "../../engines/torch/build/build.ts";
import { thisHost } from "../../engines/torch/build/host.ts";
import type { Libtorch } from "../../engines/torch/build/libtorch.ts";
import { findLibtorch } from "../../engines/torch/build/libtorch.ts";
import type { Variant } from "../../engines/torch/build/paths.ts";
import { BUILD_FOLDER } from "../../engines/torch/build/paths.ts";
import { ConfigError } from "../../errors.ts";
import { EXIT } from "../errors.ts";
import { duration, facts } from "../../format.ts";
import type { Io } from "../io.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

interface Options {
  readonly sanitize?: boolean;
  readonly debug?: boolean;
  readonly strict?: boolean;
  readonly clean?: boolean;
}

export const buildTorch: Verb = {
  configure(command) {
    command
      .description(
        "Compiles the torch engine for this processor against a libtorch of this machine, the first found of: the folder in LIBTORCH, the torch of the active " +
          "Python environment, the system's (Debian: libtorch-dev), Homebrew's. Compiles only what changed since the last time. CXX names the compiler.",
      )
      .option("--sanitize", "A build of its own that checks addresses and undefined behaviour")
      .option("--debug", "A build of its own for debuggers and valgrind")
      .option("--strict", "Fail on compiler warnings")
      .option("--clean", "Remove all that was built before, first");
    examples(command, [
      [
        "After installing libtorch, on Debian: apt-get install libtorch-dev libopenblas0-pthread libdnnl-dev g++",
        "reweight build-torch",
      ],
      ["Against a certain libtorch", "LIBTORCH=~/libtorch reweight build-torch"],
    ]);
  },

  async run(_args, command: Command, io: Io) {
    const { sanitize, debug, strict = false, clean } = command.opts<Options>();
    if (sanitize && debug)
      throw new ConfigError("--sanitize: expected alone; got --debug with it. Build one, then the other");
    const variant: Variant = sanitize ? "sanitize" : debug ? "debug" : "release";
    if (clean) rmSync(BUILD_FOLDER, { recursive: true, force: true });
    const libtorch = await findLibtorch(thisHost);
    io.out(libtorchText(libtorch));
    const built = await buildAddon(thisHost, libtorch, { variant, strict, log: (line) => io.out(line) });
    const { path, seconds, compiled, units } = built;
    const rest = compiled < units ? "; the others had not changed" : "";
    io.out(`built ${path} in ${duration(seconds)}: ${compiled} of ${units} files compiled${rest}`);
    if (variant !== "release") io.out(howToRun(path));
    return EXIT.ok;
  },
};

/** Text on the LibTorch found, its missing parts, and the candidates skipped. */
export function libtorchText({ kind, root, version, cxx11Abi, blas, oneDnn, cuda, skipped, advice }: Libtorch): string {
  const found = facts([
    ["libtorch", `${version} from ${root} (${kind})${cxx11Abi ? "" : ", with the C++ ABI from before C++11"}`],
    ["matrix products", blas.name],
    ["convolutions", oneDnn === undefined ? "through ATen" : "by oneDNN, directly"],
    ["CUDA", cuda === undefined ? "no" : "yes"],
  ]);
  return [found, ...skipped.map((line) => `not taken: ${line}`), ...advice.map((line) => `→ ${line}`)].join("\n");
}

/** Instructions to run with a build outside the default path. */
function howToRun(path: string): string {
  const { preload } = readStamp(path);
  const runtime = preload === undefined ? "" : ` LD_PRELOAD=${preload} ASAN_OPTIONS=detect_leaks=0`;
  return `Run with it: REWEIGHT_TORCH_ADDON=${path}${runtime} reweight …`;
}
