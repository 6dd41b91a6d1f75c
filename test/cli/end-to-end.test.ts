import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TrainEvent } from "../../src/train/events.ts";
import type { Outcome } from "./built.ts";
import { MAIN, runBuilt } from "./built.ts";

const root = mkdtempSync(join(tmpdir(), "reweight-cli-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const reweight = (line: string, watch?: Parameters<typeof runBuilt>[2]): Promise<Outcome> =>
  runBuilt(root, line.split(" "), watch);

// 8 steps an epoch.
const ANY =
  "--student mlp --batch 32 --train-limit 256 --valid 100 --valid-batch 32 --test-limit 100 --noise flip2:0.4 --teacher-every 4 --threads 1";
const TINY = `--method deep ${ANY}`;
const events = (out: string): TrainEvent[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainEvent);
const record = (folder: string) =>
  JSON.parse(readFileSync(join(root, folder, "run.json"), "utf8")) as { results: { finished: boolean; steps: number } };

describe.skipIf(!existsSync(MAIN))("a built reweight", { timeout: 180_000 }, () => {
  let whole: Outcome;
  beforeAll(async () => {
    whole = await reweight(`train ${TINY} --epochs 2 --out whole`);
  }, 180_000);

  test("trains, evaluates after each epoch, sums up, and exits with 0", () => {
    expect(whole).toMatchObject({ code: 0, err: "" });
    expect(whole.out).toContain("steps    16 in 2 epochs");
    expect(whole.out).toMatch(/^epoch 2\/2 {2}train loss .* valid error .* test error /m);
    expect(whole.out).toMatch(/^test error, last +[\d.]+ %$/m);
    expect(whole.out).toMatch(/^folder +whole$/m);

    expect(whole.out).not.toMatch(/\u001b/);
  });

  test("refuses a folder that holds a run, and says how to continue", async () => {
    const { code, err } = await reweight(`train ${TINY} --out whole`);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^reweight train: --out: whole holds a run already\. Continue it with `reweight train --resume whole`/,
    );
  });

  test("a run stopped by --max-steps and resumed ends like one that was not stopped", async () => {
    const stopped = await reweight(`train ${TINY} --epochs 2 --out parts --max-steps 6`);
    expect(stopped).toMatchObject({
      code: 0,
      err: "Stopped as asked after 6 steps, and saved. Continue with: reweight train --resume parts\n",
    });
    const resumed = await reweight("train --resume parts");
    expect(resumed).toMatchObject({ code: 0, err: "" });
    expect(resumed.out).toContain("resumed after 6");
    const last = (out: string): string | undefined => out.split("\n").find((line) => line.startsWith("epoch 2/2"));
    expect(last(resumed.out)).toBe(last(whole.out));
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s finishes the step, saves, says how to resume, and exits with 130",
    async (signal) => {
      const folder = signal.toLowerCase();
      let sent = false;
      const { code, out, err } = await reweight(
        `train ${TINY} --epochs 100000 --out ${folder} --json`,
        (seen, send) => {
          if (sent || !seen.includes('"type":"step"')) return;
          sent = true;
          send(signal);
        },
      );
      expect(code).toBe(130);
      expect(err).toContain(`and saved. Continue with: reweight train --resume ${folder}`);
      const all = events(out);
      expect([all[0]!.type, all.at(-1)!.type]).toEqual(["start", "done"]);
      const { results } = record(folder);
      expect(results.finished).toBe(false);
      const resumed = await reweight(`train --resume ${folder} --max-steps ${results.steps + 1} --json`);
      expect(resumed.code).toBe(0);
      expect(record(folder).results.steps).toBe(results.steps + 1);
    },
  );

  test("options that the method does not read are named, and a run without validation speaks of none", async () => {
    const { code, out, err } = await reweight(
      "train --student mlp --valid 0 --train-limit 64 --test-limit 20 --epochs 1 --threads 1 --teacher-lr 0.3 --out idle",
    );
    expect([code, out.includes("valid")]).toEqual([0, false]);
    expect(err).toContain("--teacher-lr: no effect under these settings");
    expect((await reweight("eval idle")).out).not.toContain("valid");
  });

  test("eval finds the errors that training recorded", async () => {
    const { code, out } = await reweight("eval whole --json");
    expect(code).toBe(0);
    const { testError, validError, confusion } = JSON.parse(out) as {
      testError: number;
      validError: number;
      confusion: number[][];
    };
    const evaluations = events(readFileSync(join(root, "whole", "metrics.jsonl"), "utf8")).filter(
      (event) => event.type === "eval",
    );
    expect({ testError, validError }).toEqual({
      testError: evaluations.at(-1)!.testError,
      validError: evaluations.at(-1)!.validError,
    });
    expect(confusion.flat().reduce((sum, n) => sum + n, 0)).toBe(100);
    expect((await reweight("eval whole --checkpoint best")).out).toContain("(best student, after");
  });

  test("compare puts the baseline beside the teacher, from a config file, with nothing to warn of", async () => {
    writeFileSync(join(root, "baseline.yaml"), "method: uniform\nepochs: 2\nout: baseline\n");
    expect(await reweight(`train ${ANY} --config baseline.yaml`)).toMatchObject({ code: 0 });
    const { code, out, err } = await reweight("compare whole baseline");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^deep +1 /m);
    expect(out).toMatch(/^uniform +1 /m);
  });

  test("a dry run writes nothing and gives shapes, time and memory", async () => {
    const { code, out, err } = await reweight(`train ${TINY} --dry-run --out dry`);
    expect(code).toBe(0);
    expect(err).toMatch(/^Measuring: a few steps .* takes seconds/);
    expect(out).toMatch(/^the whole run +about /m);
    expect(out).toMatch(/^classifier\.weight +\[/m);
    expect(existsSync(join(root, "dry"))).toBe(false);
  });

  test("bench prints one line of JSON with the times", async () => {
    const { code, out } = await reweight(
      "bench --student mlp --batch 8 --valid-batch 8 --teacher-every 2 --window 1 --periods 1 --json",
    );
    expect(code).toBe(0);
    expect(out.trim().split("\n")).toHaveLength(1);
    const result = JSON.parse(out) as Record<string, number>;
    for (const name of ["stepMs", "teacherUpdateMs", "periodMs", "peakRssMb"]) expect(result[name]).toBeGreaterThan(0);
  });

  test("data shows what a run would train on", async () => {
    const { code, out } = await reweight(
      "data --noise flip2:0.4 --valid 100 --train-limit 256 --test-limit 100 --json",
    );
    expect(code).toBe(0);
    const described = JSON.parse(out) as { hashes: unknown; noise: { rate: number } };
    const { hashes } = JSON.parse(readFileSync(join(root, "whole", "run.json"), "utf8")) as { hashes: unknown };
    expect(described.hashes).toEqual(hashes);
    // 256 draws at 0.4: five standard deviations are 0.153.
    expect(Math.abs(described.noise.rate - 0.4)).toBeLessThan(0.153);
  });

  test("doctor finds a fast engine here", async () => {
    const { code, out } = await reweight("doctor");
    expect(code).toBe(0);
    expect(out).toContain("Ready to train.");
  });

  test.each<[string, number, RegExp]>([
    ["train --data cifar10 --data-dir nix --out bad", 1, /^reweight train: cifar10: no such folder or archive: nix/],
    [`train ${TINY} --student resnet33 --out bad`, 2, /^reweight train: --student: expected one of/],
    [`train ${TINY} --out baseline.yaml/x`, 1, /^reweight train: part of .* is a file where a folder is needed/],
    ["train --resume nix", 1, /^reweight train: nix: not the folder of a run/],
    ["train --resume whole --lr 0.5", 2, /^reweight train: --lr: the run in whole has 0\.1, got 0\.5/],
    [`train ${TINY} --lr 1e30 --epochs 1 --out diverged`, 1, /^reweight train: training: expected a finite loss/],
  ])("%s exits with %i and one line", async (line, code, message) => {
    const outcome = await reweight(line);
    expect(outcome.code).toBe(code);
    expect(outcome.err).toMatch(message);
    expect(outcome.err.trim().split("\n")).toHaveLength(1);
  });
});
