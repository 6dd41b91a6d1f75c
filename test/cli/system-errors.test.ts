/** @file Errors that a user or the system caused are told as such, each on one line: every code that the system has. */

import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { explain } from "../../src/cli/errors.ts";
import { EngineError } from "../../src/errors.ts";
import { MAIN, runBuilt } from "./built.ts";

const told = (error: unknown): string => {
  const { text, code } = explain(error, "reweight train");
  expect([text.includes("a defect"), text.includes("\n"), code]).toEqual([false, false, 1]);
  return text;
};

describe("errors of the system", () => {
  test.each(Object.keys(constants.errno))("%s is told with its path, whole or from another thread", (code) => {
    const message = `${code}: some words, open '/a/b'`;
    expect(told(Object.assign(new Error(message), { code, errno: -1, syscall: "open", path: "/a/b" }))).toMatch(
      /\/a\/b|memory|ulimit/,
    );
    expect(told(new Error(message))).toMatch(/\/a\/b|memory|ulimit/);
  });

  test("a code that the table lacks keeps its own words", () => {
    const error = new Error("EADV: advertise error, read '/mnt/x'");
    expect(told(error)).toBe("reweight train: the system reports EADV, advertise error for /mnt/x (read)");
  });

  test.each([
    ["EMFILE: too many open files, open 'x'", "ulimit -n"],
    ["ENAMETOOLONG: name too long, mkdir 'x'", "--out"],
    ["ENOENT: no such file or directory, rename 'runs/a.tmp' -> 'runs/a'", "runs/a.tmp does not exist (rename)"],
    ["ENOENT: no such file or directory, uv_cwd", "the folder that this was started in is gone"],
    ["ETXTBSY: text file is busy, open 'x'", "in use by another program"],
  ])("%s has a remedy", (message, remedy) => {
    expect(told(new Error(message))).toContain(remedy);
  });

  test.each<[string, Error]>([
    ["onnxruntime", new EngineError('onnx: program "step" failed to run: std::bad_alloc')],
    ["libtorch", new EngineError("torch: DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")],
    ["CUDA", new EngineError("torch: CUDA out of memory.\nTried to allocate 2 GiB")],
    ["an array", new RangeError("Array buffer allocation failed")],
    ["an array's length", new RangeError("Invalid typed array length: 99999999999999")],
    ["a thread's heap", Object.assign(new Error("Worker terminated"), { code: "ERR_WORKER_OUT_OF_MEMORY" })],
    ["the system", new Error("spawn ENOMEM: Cannot allocate memory")],
  ])("no memory for %s: --batch is named", (_, error) => {
    expect(told(error)).toContain("out of memory. Use a smaller --batch");
  });

  test("mistakes of ours stay defects, whatever their code", () => {
    for (const error of [
      Object.assign(new TypeError('The "path" argument must be of type string'), { code: "ERR_INVALID_ARG_TYPE" }),
      new TypeError("x is not a function"),
      new RangeError("Maximum call stack size exceeded"),
    ]) {
      expect(explain(error, "reweight train").text).toContain("a defect in reweight");
    }
  });
});

describe.skipIf(!existsSync(MAIN) || !existsSync("/dev/full"))("output that goes nowhere", { timeout: 60_000 }, () => {
  const root = mkdtempSync(join(tmpdir(), "reweight-output-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** Runs with an end closed at once, or on a device, for each of the two outputs. */
  const runTo = (args: readonly string[], out: number | "pipe", err: number | "pipe") => {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: root, stdio: ["ignore", out, err] });
    let text = "";
    child.stdout?.destroy();
    child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
    return new Promise<{ code: number | null; text: string }>((resolve) =>
      child.on("close", (code) => resolve({ code, text })),
    );
  };

  test("a full disk behind standard output is told in one line, with code 1", async () => {
    const full = openSync("/dev/full", "w");
    const { code, text } = await runTo(["methods"], full, "pipe");
    closeSync(full);
    expect([code, text]).toEqual([
      1,
      "reweight: standard output: no space left on the disk. Free some, or choose another folder with --out\n",
    ]);
  });

  test("a closed pipe is no error", async () => {
    expect(await runTo(["methods"], "pipe", "pipe")).toEqual({ code: 0, text: "" });
  });

  test("a full disk or a closed pipe behind standard error leaves the exit code of the error", async () => {
    const full = openSync("/dev/full", "w");
    expect((await runTo(["train", "--lr", "x"], "pipe", full)).code).toBe(2);
    closeSync(full);
    const child = spawn(process.execPath, [MAIN, "train", "--lr", "x"], { cwd: root });
    child.stderr.destroy();
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(2);
  });

  test("a run whose output is lost trains on, and says at the end what became of it", async () => {
    const tiny = "--student mlp --train-limit 64 --valid 20 --test-limit 20 --epochs 1 --method uniform --threads 1";
    const full = openSync("/dev/full", "w");
    const { code } = await runTo(["train", ...tiny.split(" "), "--out", "lost"], full, "pipe");
    closeSync(full);
    expect(code).toBe(1);
    const { out } = await runBuilt(root, ["compare", "lost"]);
    expect(out).toContain("uniform");
  });
});
