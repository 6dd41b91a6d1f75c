/** @file onnxruntime's telemetry stays off: it leaves no files of telemetry on disk, whichever way it is loaded. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MAIN } from "../cli/built.ts";

const library = new URL("../../dist/index.js", import.meta.url).href;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "telemetry-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A child process with all its folders under `home`. CI and our own variable are unset: either would hide a fault. */
function node(args: readonly string[]) {
  const folders = { HOME: home, XDG_CACHE_HOME: home, TMPDIR: home, TMP: home, TEMP: home };
  const unset = { CI: undefined, ORT_DISABLE_TELEMETRY: undefined };
  const env = { ...process.env, ...folders, ...unset };
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  return { status, stderr, left: readdirSync(home) };
}

const engine = `const { onnxEngine, add, float, runOnce, tensor, trace } = await import("${library}");
await runOnce(await onnxEngine({ threads: 1 }), trace((a) => [add(a, 1)], [float([2])]), [tensor([1, 2])]);
await new Promise((resolve) => setTimeout(resolve, 500));`;

const script = (text: string): string[] => ["--input-type=module", "--eval", text];
const inWorker = (before: string): string[] =>
  script(`${before}
import { Worker } from "node:worker_threads";
const worker = new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(engine)}`)}));
worker.on("error", (error) => { console.error(error.message); process.exitCode = 3; });`);

test("the command line leaves nothing, in its own thread and in that of a training", () => {
  const settings = [
    "--student",
    "mlp",
    "--epochs",
    "1",
    "--train-limit",
    "256",
    "--valid",
    "128",
    "--test-limit",
    "100",
  ];
  const trained = node([MAIN, "train", "--engine", "onnx", ...settings, "--out", join(home, "run")]);
  expect(trained).toMatchObject({ status: 0, left: ["run"] });
  expect(node([MAIN, "doctor"])).toMatchObject({ status: 0, left: ["run"] });
});

test("the library leaves nothing, in the main thread and in a worker of its user", () => {
  expect(node(script(engine))).toEqual({ status: 0, stderr: "", left: [] });
  expect(node(inWorker(`import "${library}";`))).toEqual({ status: 0, stderr: "", left: [] });
});

test("a worker whose process has telemetry on is refused, with the remedy", () => {
  const { status, stderr, left } = node(inWorker(""));
  expect(status).toBe(3);
  expect(stderr).toMatch(/expected ORT_DISABLE_TELEMETRY .* Import reweight in the main thread/);
  expect(left).toEqual([]);
});
