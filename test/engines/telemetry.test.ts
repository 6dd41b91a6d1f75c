/** @file onnxruntime's telemetry stays off whichever way a program loads it; test/privacy has the command line. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Observed } from "../privacy/observe.ts";
import { foldersIn, observe } from "../privacy/observe.ts";

const library = new URL("../../dist/index.js", import.meta.url).href;
const NOTHING = { left: [], network: [], made: [] };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "telemetry-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const node = (args: readonly string[]): Observed => observe(args, foldersIn(root));

const engine = `const { onnxEngine, add, float, runOnce, tensor, trace } = await import("${library}");
await runOnce(await onnxEngine({ threads: 1 }), trace((a) => [add(a, 1)], [float([2])]), [tensor([1, 2])]);
await new Promise((resolve) => setTimeout(resolve, 500));`;

const script = (text: string): string[] => ["--input-type=module", "--eval", text];
const inWorker = (before: string): string[] =>
  script(`${before}
import { Worker } from "node:worker_threads";
const worker = new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(engine)}`)}));
worker.on("error", (error) => { console.error(error.message); process.exitCode = 3; });`);

test("the library leaves nothing, in the main thread and in a worker of its user", () => {
  expect(node(script(engine))).toEqual({ status: 0, out: "", err: "", ...NOTHING });
  expect(node(inWorker(`import "${library}";`))).toEqual({ status: 0, out: "", err: "", ...NOTHING });
});

test("a worker whose process has telemetry on is refused, with the remedy", () => {
  const { status, err, left, network, made } = node(inWorker(""));
  expect(status).toBe(3);
  expect(err).toMatch(/expected ORT_DISABLE_TELEMETRY .* Import reweight in the main thread/);
  expect({ left, network, made }).toEqual(NOTHING);
});
