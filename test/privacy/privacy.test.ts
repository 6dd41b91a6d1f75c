/** @file No verb, on no engine, leaves a file outside the folder that it is given, or calls a network. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAIN } from "../cli/built.ts";
import { hasTorch } from "../engines/torch-here.ts";
import type { Folders } from "./observe.ts";
import { foldersIn, hasStrace, observe } from "./observe.ts";

let root: string;
let folders: Folders;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "privacy-"));
  folders = foldersIn(root);
  writeFileSync(
    join(folders.work, "sweep.yaml"),
    "out: runs/sweep\nseeds: [1]\nbase: { student: mlp }\ngrid: { method: [uniform, deep] }\n",
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const NOTHING = { left: [], network: [], made: [] };
const tiny = (engine: string): string[] =>
  `--engine ${engine} --threads 1 --student mlp --noise flip2:0.4 --epochs 1 --batch 20 --train-limit 96 --valid 40 --valid-batch 20 --test-limit 40`.split(
    " ",
  );

function expectPrivate(...args: string[]): void {
  const { status, err, left, network, made } = observe([MAIN, ...args], folders);
  expect({ status, err: status === 0 ? "" : err, left, network, made }).toEqual({ status: 0, err: "", ...NOTHING });
}

describe.each(["onnx", ...(hasTorch ? ["torch"] : [])])("on the engine %s", (engine) => {
  test("train, its dry run, eval and analyze", () => {
    expectPrivate("train", ...tiny(engine), "--dry-run");
    expectPrivate("train", ...tiny(engine), "--out", `runs/${engine}`);
    expectPrivate("eval", `runs/${engine}`);
    expectPrivate("analyze", `runs/${engine}`);
  }, 240_000);
});

test("compare, data, methods, doctor, completion, help and the dry run of a sweep", () => {
  expectPrivate("compare", "runs/*");
  expectPrivate("data", "--valid", "40", "--train-limit", "96");
  expectPrivate("methods");
  expectPrivate("doctor");
  expectPrivate("completion", "bash");
  expectPrivate("train", "--help");
  expectPrivate("sweep", "sweep.yaml", "--dry-run");
}, 240_000);

test.runIf(hasStrace)("these tests see a look-up, a connection, a file that is left and one that is not", () => {
  const program = `
    const { writeFileSync, rmSync } = require("fs"), { tmpdir, homedir } = require("os"), { join } = require("path");
    writeFileSync(join(homedir(), "left"), "");
    writeFileSync(join(tmpdir(), "brief"), ""); rmSync(join(tmpdir(), "brief"));
    require("net").connect(9, "127.0.0.1").on("error", () => require("dns").lookup("reweight.invalid", () => {}));`;
  const apart = foldersIn(join(root, "control"));
  const { status, left, network, made } = observe(["--eval", program], apart);
  expect({ status, left }).toEqual({ status: 0, left: ["left"] });
  expect(made).toEqual([join(apart.home, "left"), join(apart.temporary, "brief")]);
  expect(network.filter((line) => /connect\(.*AF_INET.*htons\(9\)/.test(line))).toHaveLength(1);
  expect(network.filter((line) => /htons\(53\)/.test(line))).not.toHaveLength(0);
});
