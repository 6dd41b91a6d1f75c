/**
 * The engine's C++ without Node: builds and runs each program of this folder, which prints a line for each group.
 * Longer runs: `native/build/tests/release/tile-random 100` does a hundred times as many random cases.
 * `npm run test:sanitize` and `npm run test:valgrind` examine the same programs.
 */
import { beforeAll, describe, test } from "vitest";
import { hasTorch } from "../engines/torch-here.ts";
import type { Programs } from "./programs.ts";
import { buildPrograms, expectAllOk, programNames } from "./programs.ts";

describe.runIf(hasTorch)("native programs", () => {
  let programs: Programs;
  // Minutes if nothing is built yet and the machine is slow; seconds if the addon's objects exist.
  beforeAll(async () => {
    programs = await buildPrograms("release");
  }, 900_000);

  test.each(programNames)("%s", { timeout: 120_000 }, async (name) => {
    await expectAllOk(programs.get(name)!, []);
  });
});
