/**
 * `npm run test:valgrind`: the native programs under memcheck, which also sees reads of memory that was never written,
 * in libtorch's code as in ours. Nothing is suppressed: Debian's libtorch 1.13, oneDNN 2.6.3 and libgomp are clean.
 */
import { beforeAll, test } from "vitest";
import { thisHost } from "../../src/engines/torch/build/host.ts";
import type { Programs } from "./programs.ts";
import { buildPrograms, expectAllOk, programNames } from "./programs.ts";

let programs: Programs;
beforeAll(async () => {
  const { code } = await thisHost.run("valgrind", ["--version"]);
  if (code !== 0) throw new Error("valgrind is not installed. Install it: apt-get install valgrind");
  programs = await buildPrograms("debug");
});

test.each(programNames)("%s", async (name) => {
  await expectAllOk("env", [
    // valgrind has no AVX-512, so neither we nor the libraries may use it.
    "ONEDNN_MAX_CPU_ISA=AVX2",
    "ATEN_CPU_CAPABILITY=avx2",
    "OPENBLAS_CORETYPE=Haswell",
    "valgrind",
    "--quiet",
    "--error-exitcode=9",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite",
    "--show-leak-kinds=definite",
    // oneDNN and libffi generate code at run time.
    "--smc-check=all-non-file",
    programs.get(name)!,
    // Threads take turns on one core, fifty times slower than normal.
    "0.02",
  ]);
});
