import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { settingsOf } from "../../src/settings/settings.ts";
import { jobText } from "../../src/cli/show/sweep-display.ts";
import { expand } from "../../src/sweeps/expand.ts";
import { parseSweep } from "../../src/sweeps/sweep-file.ts";
import { inParallel, trainArguments } from "../../src/sweeps/jobs.ts";
import { differences, statesOf } from "../../src/sweeps/state.ts";
import { advance, noProgress } from "../../src/cli/show/progress-state.ts";
import { ConfigError } from "../../src/errors.ts";
import type { StartEvent, StepEvent } from "../../src/train/events.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import { trainSchema } from "../../src/train/config.ts";
import { decodeTensors } from "../../src/safetensors.ts";
import type { Outcome } from "./built.ts";
import { MAIN, runBuilt } from "./built.ts";
import { fakeIo } from "./fake-io.ts";

const settings = settingsOf(trainSchema);
const parse = (text: string) => parseSweep(text, "some/t.yaml", settings);
const plan = (text: string) => expand(parse(text));
const root = mkdtempSync(join(tmpdir(), "reweight-sweep-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("a run's child process", () => {
  const [run] = plan(
    "base: { noise: flip2:0.4, augment: false, milestones: [3, 4], dataDir: /d, maxSteps: 9 }\nseeds: [7]",
  );

  test("gets every setting that is set when it is new, and what says where and how far when it goes on", () => {
    const args = trainArguments(run!, "new", 3);
    expect(args.slice(0, 3)).toEqual(["train", "--out", "runs/t/seed7"]);
    expect(new Set(args.slice(3))).toEqual(
      new Set([
        "--noise=flip2:0.4",
        "--no-augment",
        "--milestones=3,4",
        "--data-dir=/d",
        "--max-steps=9",
        "--seed=7",
        "--threads=3",
        "--json",
      ]),
    );
    expect(trainArguments(run!, "begun", 3)).toEqual([
      "train",
      "--resume",
      "runs/t/seed7",
      "--data-dir=/d",
      "--max-steps=9",
      "--json",
    ]);
  });

  test("gets the teacher to start from as it is written, and not again when it goes on", () => {
    const [moved] = plan("base: { teacherFrom: runs/a b/teacher.safetensors, freezeTeacher: true }");
    const given = (state: "new" | "begun") => trainArguments(moved!, state, 1).filter((arg) => arg.includes("teacher"));
    expect(given("new")).toEqual(["--teacher-from=runs/a b/teacher.safetensors", "--freeze-teacher"]);
    expect(given("begun")).toEqual([]);
  });

  test("takes the threads that the file says", () => {
    const [own] = plan("base: { threads: 2 }");
    expect(trainArguments(own!, "new", 1).filter((arg) => arg.startsWith("--threads"))).toEqual(["--threads=2"]);
  });

  test("at most so many at a time, in order, and none after the signal", async () => {
    const controller = new AbortController();
    const begun: number[] = [];
    let [now, most] = [0, 0];
    await inParallel([1, 2, 3, 4, 5, 6], 2, controller.signal, async (item) => {
      begun.push(item);
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      if (item === 4) controller.abort();
    });
    expect(most).toBe(2);
    expect(begun.slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(begun.length).toBeLessThan(6);
  });
});

describe("what lies in the folders", () => {
  const record = (folder: string, config: object, results: object | null): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "run.json"), JSON.stringify({ formatVersion: 1, name: "x", config, results }));
  };
  const results = (finished: boolean, steps: number): object => ({
    finished,
    steps,
    testError: { last: 0.5, bestValidation: 0.5 },
    weights: { auroc: null },
    secondsPerStep: null,
    wallSeconds: 1,
  });

  test("nothing, half a run, one cut off before it wrote results, a finished one", () => {
    const runs = plan(`out: ${join(root, "states")}\nbase: { epochs: 3 }\nseeds: [1, 2, 3, 4]`);
    const [, half, cut, done] = runs;
    record(half!.folder, { ...half!.config, engine: "torch", threads: 2 }, results(false, 5));
    record(cut!.folder, { ...cut!.config, engine: "onnx", dataDir: "/elsewhere" }, null);
    record(done!.folder, done!.config, results(true, 9));
    expect(statesOf(runs)).toEqual(["new", "begun", "begun", "done"]);
  });

  test("a run that was to stop early and did is done", () => {
    const runs = plan(`out: ${join(root, "early")}\nbase: { maxSteps: 5 }`);
    record(runs[0]!.folder, runs[0]!.config, results(false, 5));
    expect(statesOf(runs)).toEqual(["done"]);
    const longer = plan(`out: ${join(root, "early")}\nbase: { maxSteps: 6 }`);
    expect(statesOf(longer)).toEqual(["begun"]);
  });

  test("a run with other settings is refused, with the folder and what differs", () => {
    const runs = plan(`out: ${join(root, "foreign")}\nbase: { epochs: 3 }`);
    record(runs[0]!.folder, { ...runs[0]!.config, epochs: 2, lr: 0.5 }, null);
    expect(() => statesOf(runs)).toThrow(
      new ConfigError(
        `expected runs of this file in their folders, got runs with other settings. Delete these folders, or choose another out: ${runs[0]!.folder} (epochs: 2 there, 3 here; lr: 0.5 there, 0.1 here)`,
      ),
    );
  });

  test("auto is any engine, but an engine is not another; threads do not matter", () => {
    const config = trainSchema.parse({ teacherEvery: 30 });
    const old = { ...config, engine: "torch", threads: 8 };
    expect(differences(JSON.parse(JSON.stringify(old)) as Record<string, unknown>, config)).toEqual([]);
    expect(differences({ ...old, gone: 1 }, { ...config, engine: "onnx" })).toEqual([
      "engine: torch there, onnx here",
      "gone: 1 there, none here",
    ]);
  });
});

test("a line for a run at work", () => {
  expect(jobText("a", noProgress, 80)).toBe("a  preparing…");
  const start = { type: "start", config: trainSchema.parse({}), steps: { done: 0, perEpoch: 10, total: 200 } };
  const step = (at: number): StepEvent => ({ type: "step", step: at }) as StepEvent;
  const first = advance(advance(noProgress, start as StartEvent, 0), step(40), 10);
  // 10 steps in 5 seconds, 150 left: 75 seconds.
  const progress = { ...advance(first, step(50), 15), validError: 0.25 };
  expect(jobText("a", progress, 80)).toBe("a  ███░░░░░░░ 25 %  ETA 1 min 15 s  step 50/200  valid error 25.0 %");
  expect(jobText("a", progress, 34)).toBe("a  ███░░░░░░░ 25 %  ETA 1 min 15 s");
});

const reweight = (args: readonly string[], watch?: Parameters<typeof runBuilt>[2]): Promise<Outcome> =>
  runBuilt(root, args, watch);

/** Calls `then` once a file has so many lines. */
function onceWritten(path: string, lines: number, then: () => void): void {
  const poll = setInterval(() => {
    if (!existsSync(path) || readFileSync(path, "utf8").split("\n").length <= lines) return;
    clearInterval(poll);
    then();
  }, 5);
}

const arrays = (folder: string): unknown =>
  [...decodeTensors(readFileSync(checkpointPath(folder, "last")), "checkpoint").tensors].map(([name, { data }]) => [
    name,
    ...data,
  ]);

/**
 * A few images in MNIST's files: label i mod 10, pixels that depend on it. They are read faster than glyphs are
 * drawn.
 */
function writeDigits(folder: string): void {
  mkdirSync(folder);
  const write = (name: string, dims: readonly number[], byteAt: (i: number) => number): void => {
    const header = Buffer.from([0, 0, 8, dims.length, ...dims.flatMap((n) => [0, 0, n >> 8, n & 255])]);
    const size = dims.reduce((a, b) => a * b, 1);
    writeFileSync(
      join(folder, name),
      Buffer.concat([header, Buffer.from(Array.from({ length: size }, (_, i) => byteAt(i)))]),
    );
  };
  for (const [part, count] of [
    ["train", 300],
    ["t10k", 40],
  ] as const) {
    write(`${part}-images-idx3-ubyte`, [count, 28, 28], (i) => ((Math.floor(i / 784) % 10) * 25 + i * 7) % 256);
    write(`${part}-labels-idx1-ubyte`, [count], (i) => i % 10);
  }
}

describe.skipIf(!existsSync(MAIN))("a built reweight", { timeout: 120_000 }, () => {
  writeDigits(join(root, "digits"));
  const BASE =
    "{ data: mnist, dataDir: digits, student: mlp, epochs: 15, batch: 20, trainLimit: 200, valid: 40, validBatch: 20, testLimit: 40, noise: flip2:0.4, teacherEvery: 3, threads: 1, checkpointEvery: 20, evalEvery: 15 }";
  const write = (name: string, text: string): string => {
    writeFileSync(join(root, `${name}.yaml`), text);
    return `${name}.yaml`;
  };

  test("killed, interrupted and started again, a sweep ends as one that was not", async () => {
    const text = `base: ${BASE}\nruns: [{ method: deep }]\n`;
    const here = async (...args: string[]) => {
      const io = fakeIo();
      const out = join(root, "runs", "parts");
      const code = await runCli(["sweep", join(root, "parts.yaml"), "--out", out, ...args], io);
      return { code, out: io.printed.join("\n"), err: io.errors.join("\n") };
    };
    // Beside a run that fails, which keeps no other from running.
    const wild = `runs: [{ name: wild, method: uniform, lr: 1.0e+30 }, { method: deep }]\n`;
    const whole = await reweight(["sweep", write("whole", `base: ${BASE}\n${wild}`), "--jobs", "2"]);
    expect(whole.code).toBe(1);
    expect(whole.out).toMatch(/wild-seed1: failed \(1\)\nreweight train: training: expected a finite loss/);
    expect(whole.out).toMatch(/ deep-seed1: test error, last [\d.]+ %/);
    expect(whole.out).toMatch(/^deep +0\.1 +1 /m);
    expect(whole.err).toContain("failed: wild-seed1");

    const file = write("parts", text);
    const folder = join(root, "runs", "parts", "deep-seed1");
    /** Starts the sweep, and sends it a signal once the run's metrics have so many lines. */
    const until = (lines: number, signal: NodeJS.Signals): Promise<Outcome> =>
      reweight(["sweep", file], (out, send) => {
        if (out.endsWith("deep-seed1: begins\n")) onceWritten(join(folder, "metrics.jsonl"), lines, () => send(signal));
      });
    // No chance to say goodbye.
    expect((await until(5, "SIGKILL")).code).toBe("SIGKILL");
    expect(existsSync(join(root, "runs", "parts", "sweep.lock"))).toBe(true);
    const stopped = await until(20, "SIGINT");
    expect(stopped).toMatchObject({ code: 130 });
    expect(stopped.err).toContain("Interrupted, and saved. The same command goes on from here.");
    const listed = await here("--dry-run");
    expect(listed.out).toMatch(/^deep-seed1 +to go on/m);
    expect(listed.out).toContain("1 run, 0 done");

    expect(await reweight(["sweep", file])).toMatchObject({ code: 0, err: "" });
    expect(arrays(folder)).toEqual(arrays(join(root, "runs", "whole", "deep-seed1")));
    expect(existsSync(join(root, "runs", "parts", "sweep.lock"))).toBe(false);

    // Everything is done: nothing is trained again, and the table is the same.
    const again = await here();
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(again.out).not.toContain("begins");

    write("parts", text.replace("epochs: 15", "epochs: 9"));
    const changed = await here();
    expect(changed.code).toBe(2);
    expect(changed.err).toContain("parts/deep-seed1 (epochs: 15 there, 9 here)");
  });
});
