import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { BUILD_COMMAND, loadAddon, presentHere, readStamp } from "../../src/engines/torch/addon.ts";
import type { BuildOptions } from "../../src/engines/torch/build/build.ts";
import { buildAddon } from "../../src/engines/torch/build/build.ts";
import { thisHost } from "../../src/engines/torch/build/host.ts";
import type { Libtorch } from "../../src/engines/torch/build/libtorch.ts";
import { findLibtorch } from "../../src/engines/torch/build/libtorch.ts";
import { addonPath, stampPath } from "../../src/engines/torch/build/paths.ts";
import type { Stamp } from "../../src/engines/torch/build/stamp.ts";
import { misfit } from "../../src/engines/torch/build/stamp.ts";

const root = mkdtempSync(join(tmpdir(), "reweight-native-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A minimal libtorch: one function in each library that the addon links. */
function pretendLibtorch(folder: string): void {
  for (const path of ["include/ATen", "lib"]) mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, "include/ATen/ATen.h"), "int atenAnswer();\n");
  writeFileSync(join(folder, "build-version"), "2.3.0\n");
  for (const [name, code] of [
    ["torch_cpu", "int atenAnswer() { return 42; }"],
    ["c10", "int c10Answer() { return 10; }"],
  ]) {
    const source = join(folder, `${name}.cpp`);
    writeFileSync(source, code!);
    spawnSync("g++", ["-shared", "-fPIC", source, "-o", join(folder, `lib/lib${name}.so`)]);
  }
}

const ADDON = `
#include <napi.h>
#include <ATen/ATen.h>
#include "threads.h"
static Napi::Value info(const Napi::CallbackInfo& call) {
  auto result = Napi::Object::New(call.Env());
  result.Set("version", REWEIGHT_TORCH_VERSION);
  result.Set("threads", threads() + atenAnswer());
  return result;
}
static Napi::Object start(Napi::Env env, Napi::Object exports) {
  exports.Set("info", Napi::Function::New(env, info));
  return exports;
}
NODE_API_MODULE(reweight_torch, start)
`;

const hasCompiler = process.platform === "linux" && spawnSync("g++", ["--version"]).status === 0;

describe.skipIf(!hasCompiler)("building an addon for real", { timeout: 120_000 }, () => {
  const from = join(root, "native");
  const to = join(from, "build");
  const addon = addonPath("release", to);
  let libtorch: Libtorch;
  const build = (options: BuildOptions = {}) => buildAddon(thisHost, libtorch, { from, to, ...options });

  beforeAll(async () => {
    mkdirSync(from);
    pretendLibtorch(join(root, "libtorch"));
    libtorch = await findLibtorch({ ...thisHost, env: { LIBTORCH: join(root, "libtorch") } });
    writeFileSync(join(from, "addon.cpp"), ADDON);
    writeFileSync(join(from, "threads.h"), "#pragma once\nint threads();\n");
    writeFileSync(join(from, "threads.cpp"), '#include "threads.h"\nint threads() { return 3; }\n');
    writeFileSync(join(from, "other.cpp"), "int other() { return 1; }\n");
    const lines: string[] = [];
    const built = await build({ strict: true, log: (line) => lines.push(line) });
    expect(built).toMatchObject({ path: addon, compiled: 3, units: 3 });
    expect(lines.sort()).toEqual([
      "compiling addon.cpp …",
      "compiling other.cpp …",
      "compiling threads.cpp …",
      `linking ${addon} …`,
    ]);
  }, 120_000);

  test("it loads, finds libtorch's libraries by itself, and says what it was built from", () => {
    expect(loadAddon(addon, presentHere(from)).info()).toEqual({ version: "2.3.0", threads: 45 });
    const { librarySize, ...rest } = readStamp(addon).libtorch;
    expect(librarySize).toBeGreaterThan(1000);
    expect(rest).toEqual({
      version: "2.3.0",
      kind: "LIBTORCH",
      root: join(root, "libtorch"),
      library: join(root, "libtorch/lib/libtorch_cpu.so"),
    });
    expect(readStamp(addon).flags).toContain("-std=c++17");
  });

  test("a second build compiles nothing; a changed header only what includes it", async () => {
    expect(await build({ strict: true })).toMatchObject({ compiled: 0, units: 3 });
    writeFileSync(join(from, "threads.h"), "#pragma once\n// threads of the pool\nint threads();\n");
    expect(() => loadAddon(addon, presentHere(from))).toThrow(
      `the torch engine, ${addon}, was built from other sources. ${BUILD_COMMAND}`,
    );
    expect(await build({ strict: true })).toMatchObject({ compiled: 2 });
    expect(loadAddon(addon, presentHere(from)).info()).toMatchObject({ threads: 45 });
  });

  test("other flags make other objects, and a sanitizer build another file", async () => {
    expect(await build({ variant: "sanitize" })).toMatchObject({ path: addonPath("sanitize", to), compiled: 3 });
    expect(() => loadAddon(addonPath("sanitize", to), presentHere(from))).toThrow(
      /reweight-torch-asan\.node, is a sanitizer build\. Start Node with LD_PRELOAD=\/.*libasan\.so/,
    );
    expect(await build({ strict: true })).toMatchObject({ compiled: 0 });
  });

  test("a warning is shown, and ends a strict build; nothing half built is left", async () => {
    const broken = join(root, "warns");
    mkdirSync(broken);
    writeFileSync(join(broken, "a.cpp"), "int f(int unused) { return 1; }\n");
    const lines: string[] = [];
    const options = { from: broken, to: join(broken, "build"), log: (line: string) => lines.push(line) };
    await expect(build({ ...options, strict: true })).rejects.toThrow(
      /^a\.cpp does not compile:\n[^]*error: unused parameter 'unused'/,
    );
    expect(existsSync(addonPath("release", options.to))).toBe(false);
    await build(options);
    expect(lines.join("\n")).toContain("warning: unused parameter 'unused'");
  });

  test("a folder without sources, and one that cannot be written to", async () => {
    const empty = join(root, "empty");
    mkdirSync(empty);
    await expect(build({ from: empty })).rejects.toThrow(`${empty}: expected C++ files to compile; it has none`);
    writeFileSync(join(root, "file"), "");
    await expect(build({ to: join(root, "file") })).rejects.toThrow(
      /file\/objects\/release: expected a folder that can be written to; ENOTDIR.* Install reweight where you may write/,
    );
  });

  test("an addon that is not there, or lacks what it was built from", () => {
    expect(() => loadAddon(join(root, "no.node"))).toThrow(
      `REWEIGHT_TORCH_ADDON: expected an addon with its .json beside it; there is no ${join(root, "no.node")}.`,
    );
    const bare = join(root, "bare.node");
    writeFileSync(bare, "");
    expect(() => loadAddon(bare)).toThrow(`there is no ${stampPath(bare)}`);
    const stamp = JSON.parse(readFileSync(stampPath(addon), "utf8")) as Stamp;
    writeFileSync(stampPath(bare), JSON.stringify({ ...stamp, sources: "" }));
    expect(() => loadAddon(bare, { ...presentHere(from), sources: undefined })).toThrow(
      /bare\.node, does not load: .*file too short\. Run `npm run build:torch`/,
    );
  });

  test("REWEIGHT_TORCH_ADDON names another addon", () => {
    vi.stubEnv("REWEIGHT_TORCH_ADDON", addon);
    expect(loadAddon(undefined, presentHere(from)).info()).toMatchObject({ version: "2.3.0" });
    vi.unstubAllEnvs();
  });
});

describe("an addon that no longer fits", () => {
  const stamp: Stamp = {
    libtorch: { version: "2.9.0", kind: "python", root: "/t", library: "/t/libtorch_cpu.so", librarySize: 7 },
    compiler: "g++",
    flags: [],
    platform: "linux",
    arch: "x64",
    napi: 8,
    sources: "abc",
    instructions: ["avx2", "avx512f"],
  };
  const here = {
    platform: "linux",
    arch: "x64",
    napi: 9,
    sources: "abc",
    instructions: ["avx2", "avx512f", "fma"],
    sizeOf: () => 7,
  };

  test.each<[string | undefined, object]>([
    [undefined, {}],
    [undefined, { sources: undefined }],
    ["was built for linux-x64; this is linux-arm64", { arch: "arm64" }],
    ["needs Node-API 8; this Node has 7", { napi: 7 }],
    ["was built from other sources", { sources: "abd" }],
    ["was built on another processor, which has avx512f", { instructions: ["avx2"] }],
    ["was built against libtorch 2.9.0, but /t/libtorch_cpu.so is gone", { sizeOf: () => undefined }],
    ["was built against libtorch 2.9.0, but /t/libtorch_cpu.so has changed since", { sizeOf: () => 8 }],
  ])("%s", (reason, change) => {
    expect(misfit(stamp, { ...here, ...change })).toBe(reason);
  });
});
