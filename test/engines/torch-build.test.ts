import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
import { damageOf, fingerprintOf, misfit } from "../../src/engines/torch/build/stamp.ts";
import { EngineError } from "../../src/errors.ts";

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
    writeFileSync(stampPath(bare), JSON.stringify({ ...stamp, addon: fingerprintOf(new Uint8Array(0)) }));
    expect(() => loadAddon(bare, presentHere(from))).toThrow(
      /bare\.node, does not load: .*file too short\. Run `npm run build:torch`/,
    );
  });

  test("an addon that was cut short, or changed, is refused before it is loaded", () => {
    const whole = readFileSync(addon);
    const other = join(root, "other.node");
    const refusal = (bytes: Uint8Array): string => {
      writeFileSync(other, bytes);
      try {
        loadAddon(other, presentHere(from));
        return "loaded";
      } catch (cause) {
        return cause instanceof EngineError ? cause.message : String(cause);
      }
    };
    copyFileSync(stampPath(addon), stampPath(other));
    const start = `the torch engine, ${other}, is not the file that was built: `;
    for (const length of [0, 1, 64, 4096, Math.floor(whole.length / 2), whole.length - 1])
      expect(refusal(whole.subarray(0, length))).toBe(
        `${start}expected ${whole.length} bytes, got ${length}. ${BUILD_COMMAND}`,
      );
    expect(refusal(Buffer.concat([whole, Buffer.alloc(1)]))).toContain(`got ${whole.length + 1}`);
    for (let i = 0; i < 40; i++) {
      const flipped = Buffer.from(whole);
      const bit = Math.floor((i / 40) * whole.length * 8);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(refusal(flipped)).toBe(`${start}its ${whole.length} bytes have another SHA-256. ${BUILD_COMMAND}`);
    }
    expect(refusal(whole)).toBe("loaded");
  });

  test("a record that was cut short, or is another's, is refused", () => {
    const text = readFileSync(stampPath(addon), "utf8");
    const other = join(root, "recorded.node");
    copyFileSync(addon, other);
    const stamp = JSON.parse(text) as Record<string, unknown>;
    const texts = ["", "null", "[]", "{}", "7", text.slice(0, -3), JSON.stringify({ ...stamp, addon: undefined })];
    const lacking = Object.keys(stamp).map((name) => JSON.stringify({ ...stamp, [name]: {} }));
    for (const record of [...texts, ...lacking]) {
      writeFileSync(stampPath(other), record);
      expect(() => loadAddon(other, presentHere(from)), record).toThrow(
        `expected ${stampPath(other)} to say what it was built from; it is damaged or of another version of reweight. ${BUILD_COMMAND}`,
      );
    }
    rmSync(stampPath(other));
    mkdirSync(stampPath(other));
    expect(() => loadAddon(other, presentHere(from))).toThrow(
      /recorded\.json cannot be read: EISDIR.*Run `npm run build/,
    );
  });

  test("a build that ends between addon and record leaves what is refused, and the next build mends", async () => {
    const before = readFileSync(addon);
    writeFileSync(join(from, "other.cpp"), "int other() { return 2; }\n");
    await build({ strict: true });
    const after = readFileSync(addon);
    expect(after.equals(before)).toBe(false);
    const record = readFileSync(stampPath(addon), "utf8");
    writeFileSync(addon, before);
    expect(() => loadAddon(addon, presentHere(from))).toThrow(/is not the file that was built: .*build[-:]torch/);
    expect(await build({ strict: true })).toMatchObject({ compiled: 0 });
    expect(readFileSync(addon).equals(after)).toBe(true);
    expect(readFileSync(stampPath(addon), "utf8")).toBe(record);
    expect(loadAddon(addon, presentHere(from)).info()).toMatchObject({ threads: 45 });
  });

  test("builds that are killed at random moments leave an addon that fits its record, or is refused", async () => {
    const module = (name: string): string =>
      JSON.stringify(new URL(`../../dist/engines/torch/build/${name}.js`, import.meta.url).href);
    // Two versions in turn, whose objects are there: nearly all of the time goes to linking and putting in place.
    const versions = [2, 3].map((n) => `int other() { return ${n}; }\n`);
    const script = `
      import { writeFileSync } from "node:fs";
      const { buildAddon } = await import(${module("build")});
      const { thisHost } = await import(${module("host")});
      const { findLibtorch } = await import(${module("libtorch")});
      const libtorch = await findLibtorch({ ...thisHost, env: { LIBTORCH: ${JSON.stringify(join(root, "libtorch"))} } });
      process.send("ready");
      for (let i = 0; ; i++) {
        writeFileSync(${JSON.stringify(join(from, "other.cpp"))}, ${JSON.stringify(versions)}[i % 2]);
        await buildAddon(thisHost, libtorch, ${JSON.stringify({ from, to, strict: true })});
      }`;
    const addons = new Map<string, string>();
    for (const version of versions) {
      writeFileSync(join(from, "other.cpp"), version);
      await build({ strict: true });
      const { sources, addon: file } = readStamp(addon);
      addons.set(sources, file.hash);
    }
    expect(new Set(addons.values()).size).toBe(2);
    for (let i = 0; i < 12; i++) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "ignore", "ignore", "ipc"],
      });
      await once(child, "message");
      await new Promise((done) => setTimeout(done, 40 + 60 * i));
      child.kill("SIGKILL");
      await once(child, "exit");
      const stamp = readStamp(addon);
      expect(damageOf(stamp, readFileSync(addon)) ?? "").toMatch(/^$|^is not the file that was built/);
      expect(stamp.addon.hash).toBe(addons.get(stamp.sources));
    }
    writeFileSync(join(from, "other.cpp"), versions[0]!);
    expect(await build({ strict: true })).toMatchObject({ compiled: 0 });
    expect(loadAddon(addon, presentHere(from)).info()).toMatchObject({ threads: 45 });
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
    addon: { size: 3, hash: "" },
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
