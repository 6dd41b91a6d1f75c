/** @file Builds the native test programs, with the finder, flags and objects of the addon, and runs them. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { readStamp } from "../../src/engines/torch/addon.ts";
import { compileUnits, forget, produce } from "../../src/engines/torch/build/compile.ts";
import { findCompiler } from "../../src/engines/torch/build/compiler.ts";
import { flagsFor } from "../../src/engines/torch/build/flags.ts";
import { thisHost } from "../../src/engines/torch/build/host.ts";
import { findLibtorch } from "../../src/engines/torch/build/libtorch.ts";
import type { Variant } from "../../src/engines/torch/build/paths.ts";
import { addonPath, BUILD_FOLDER, NATIVE_FOLDER, objectsPath } from "../../src/engines/torch/build/paths.ts";
import { readSources } from "../../src/engines/torch/build/sources.ts";

const FOLDER = join(NATIVE_FOLDER, "../test/native");

/** Units that only Node can call. */
const NODE_UNITS = ["addon.cpp", "description.cpp", "given.cpp"];

/** Each C++ file of this folder is a program. */
export const programNames: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".cpp"))
  .map((name) => name.replace(/\.cpp$/, ""))
  .sort();

/** Paths by name. */
export type Programs = ReadonlyMap<string, string>;

/**
 * Compiles changed units and links every program with the engine's units.
 * @throws EngineError when a tool is missing, or with the compiler's diagnostics
 */
export async function buildPrograms(variant: Variant, log: (line: string) => void = () => {}): Promise<Programs> {
  const compiler = await findCompiler(thisHost);
  const libtorch = await findLibtorch(thisHost);
  // The addon's own flags, so that its objects can be reused.
  const strict = existsSync(addonPath(variant)) && readStamp(addonPath(variant)).flags.includes("-Werror");
  const { compile, link } = flagsFor(thisHost, libtorch, { variant, strict, product: "program" });
  const toolchain = { host: thisHost, compiler, flags: compile, log };

  const engineUnits = readSources(NATIVE_FOLDER).units.filter((unit) => !NODE_UNITS.includes(unit));
  const engine = await compileUnits(toolchain, () => readSources(NATIVE_FOLDER), engineUnits, objectsPath(variant));

  const to = join(BUILD_FOLDER, "tests", variant);
  const own = { ...toolchain, flags: [...compile, `-I${NATIVE_FOLDER}`] };
  const units = programNames.map((name) => `${name}.cpp`);
  const tests = await compileUnits(own, () => readSources(FOLDER, [NATIVE_FOLDER]), units, to);

  const paths = programNames.map((name) => join(to, name));
  for (const [i, path] of paths.entries())
    await produce(own, path, [tests.objects[i]!, ...engine.objects, ...link], `${path} does not link`);
  forget(to, [...tests.objects, ...paths]);
  return new Map(programNames.map((name, i) => [name, paths[i]!]));
}

/** Runs a program; it must exit with status 0 and print only that its groups are ok. */
export async function expectAllOk(command: string, args: readonly string[]): Promise<void> {
  const { code, out, err } = await thisHost.run(command, args);
  const complaints = `${out}${err}`.split("\n").filter((line) => line !== "" && !line.startsWith("ok "));
  expect({ code, complaints }).toEqual({ code: 0, complaints: [] });
  expect(out).toMatch(/^ok /);
}
