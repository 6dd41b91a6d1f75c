/**
 * The engine's C++ without Node: each program of this folder is built and run, and prints a line for each of its groups.
 * Longer runs: `native/build/tests/release/tile-random 100` does a hundred times as many random cases.
 */
import { beforeAll, expect, test } from "vitest";
import { thisHost } from "../../src/engines/torch/build/host.ts";
import { buildPrograms, programNames } from "./programs.ts";

let programs: ReadonlyMap<string, string>;
// Minutes where nothing is built yet and the machine is slow; seconds where the addon's objects are there.
beforeAll(async () => {
  programs = await buildPrograms("release");
}, 900_000);

test.each(programNames)("%s", { timeout: 120_000 }, async (name) => {
  const { code, out, err } = await thisHost.run(programs.get(name)!, []);
  expect(`${out}${err}`.split("\n").filter((line) => line !== "" && !line.startsWith("ok "))).toEqual([]);
  expect(out).toMatch(/^ok /);
  expect(code).toBe(0);
});
