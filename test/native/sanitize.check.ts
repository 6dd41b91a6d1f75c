/**
 * `npm run test:sanitize`: the native programs and the engine's suites in Node, under the address and
 * undefined-behaviour sanitizers. They check every memory access and all arithmetic of our C++. libtorch's own code is
 * not checked, but its allocations are.
 */
import { existsSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { buildAddon, sanitizerOf } from "../../src/engines/torch/build/build.ts";
import { findCompiler } from "../../src/engines/torch/build/compiler.ts";
import { thisHost } from "../../src/engines/torch/build/host.ts";
import { findLibtorch } from "../../src/engines/torch/build/libtorch.ts";
import { addonPath } from "../../src/engines/torch/build/paths.ts";
import type { Programs } from "./programs.ts";
import { buildPrograms, expectAllOk, programNames } from "./programs.ts";

const WATCHED = [
  "UBSAN_OPTIONS=print_stacktrace=1",
  // oneDNN 2.6.3 reads one entry past the end of an array of its own when it generates AMX code for some bfloat16
  // convolutions, and the sanitizer's data there makes it crash. Without AMX they use AVX-512 code, which is checked.
  "ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16",
];

/** Suites that run programs in the engine. */
const SUITES = [
  "test/engines/torch.test.ts",
  "test/engines/conformance.test.ts",
  "test/native/given.test.ts",
  "test/native/mutants.test.ts",
];

let programs: Programs;
let preload: string;
beforeAll(async () => {
  const compiler = await findCompiler(thisHost);
  preload = await sanitizerOf(thisHost, compiler);
  if (!existsSync(preload))
    throw new Error(
      `${compiler.command[0]} has no address sanitizer: there is no libasan.so. Install it: apt-get install g++`,
    );
  await buildAddon(thisHost, await findLibtorch(thisHost), { variant: "sanitize" });
  programs = await buildPrograms("sanitize");
});

test.each(programNames)("%s", async (name) => {
  await expectAllOk("env", [...WATCHED, "ASAN_OPTIONS=detect_leaks=1", programs.get(name)!, "0.3"]);
});

test.each(SUITES)("%s in Node", async (suite) => {
  const { code, out, err } = await thisHost.run("env", [
    ...WATCHED,
    `LD_PRELOAD=${preload}`,
    // A leak check would report only memory that V8 and Node keep until the process ends. Leaks of ours show in the
    // programs above, and in the suite's own test of 1,000 periods. The quarantine of freed memory is small enough that
    // this test does not take it for a leak.
    "ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=8",
    `REWEIGHT_TORCH_ADDON=${addonPath("sanitize")}`,
    "REWEIGHT_REQUIRE_TORCH=1",
    process.execPath,
    "node_modules/vitest/vitest.mjs",
    "run",
    suite,
    "--testTimeout=1800000",
  ]);
  expect(`${out}${err}`).not.toMatch(/AddressSanitizer|runtime error:/);
  expect(code, `${out}${err}`).toBe(0);
});
