/** @file Finds the C++ compiler. */

import { EngineError } from "../../../errors.ts";
import type { Host } from "./host.ts";
import { install } from "./remedies.ts";

export interface Compiler {
  /** The words of the command; $CXX may hold several, as in `ccache g++`. */
  readonly command: readonly [string, ...string[]];
  /** The first line that it prints for `--version`. */
  readonly version: string;
}

/**
 * $CXX if set, else g++, else clang++; on macOS clang++ before g++.
 * @throws EngineError with the command that installs one
 */
export async function findCompiler(host: Host): Promise<Compiler> {
  const wish = host.env["CXX"]?.trim();
  const names = wish ? [wish] : host.platform === "darwin" ? ["clang++", "g++"] : ["g++", "clang++"];
  const tried: string[] = [];
  for (const name of names) {
    const [first = name, ...rest] = name.split(/\s+/);
    const { code, out, err } = await host.run(first, [...rest, "--version"]);
    if (code === 0) return { command: [first, ...rest], version: out.split("\n", 1)[0]!.trim() };
    tried.push(`${name}: ${code === undefined ? "there is no such command" : err.trim() || `ended with ${code}`}`);
  }
  const looked = tried.map((line) => `  ${line}`).join("\n");
  throw new EngineError(
    wish
      ? `CXX: expected a C++ compiler; got\n${looked}\nSet it to one that is installed, or unset it`
      : `found no C++ compiler. Tried\n${looked}\nInstall one: ${install(host, "compiler")}`,
  );
}
