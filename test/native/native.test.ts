/**
 * The engine's C++ without Node: each program of this folder is built and run; it prints a line for each of its groups.
 * Longer runs: `native/build/tests/release/tile-random 100` does a hundred times as many random cases.
 * `npm run test:sanitize` and `npm run test:valgrind` look inside the same programs.
 */
import { beforeAll, describe, test } from "vitest";
import { hasTorch } from "../engines/torch-here.ts";
import type { Programs } from "./programs.ts";
import { buildPrograms, expectAllOk, programNames } from "./programs.ts";

describe.runIf(hasTorch)("native programs", () => {
  let programs: Programs;
  // Minutes where nothing is built yet and the machine is slow; seconds where the addon's objects are there.
  beforeAll(async () => {
    programs = await buildPrograms("release");
  }, 900_000);

  test.each(programNames)("%s", { timeout: 120_000 }, async (name) => {
    await expectAllOk(programs.get(name)!, []);
  });
});
