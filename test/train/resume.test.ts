import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeTensors } from "../../src/safetensors.ts";
import type { TrainConfig } from "../../src/train/config.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { resumeLayers } from "../../src/cli/resume.ts";
import { evaluateRun } from "../../src/train/after/evaluate-run.ts";
import { readEvents } from "../../src/train/record/log.ts";
import { readRecord } from "../../src/train/record/run-record.ts";
import { train } from "../../src/train/run.ts";
import { tiny } from "./tiny.ts";

const arraysIn = (folder: string): Map<string, Buffer> =>
  new Map(
    [...decodeTensors(readFileSync(checkpointPath(folder, "last")), "checkpoint").tensors].map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ]),
  );

/** Steps told in metrics.jsonl, in order. */
const told = (folder: string): string[] =>
  readFileSync(join(folder, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainEvent)
    .filter((event) => event.type === "teacher" || event.type === "eval")
    .map((event) => `${event.type} ${event.step}`);

async function inTwoParts(config: TrainConfig, first: number): Promise<void> {
  await train({ ...config, maxSteps: first });
  await train(config, { resume: true });
}

describe("a run that was stopped and resumed", () => {
  // 96 examples in batches of 20: five steps an epoch, the last of 16 examples. Teacher updates come after every third step: what is
  // stopped after 10 has the first step of a period behind it, before a window of 2; 8 lies inside a window of 3; 7 before one of 2; 5
  // inside one of 2.
  test.each([
    { stop: 10, changes: {} },
    { stop: 8, changes: { reversal: "snapshot", window: 3 } },
    { stop: 7, changes: { interaction: "cut-exact", teacherOptimizer: "sgd" } },
    { stop: 11, changes: { method: "uniform" } },
    { stop: 5, changes: { interaction: "deep", validBn: "eval", metric: "accuracy", validAugment: true } },
  ] as const)(
    "equals an uninterrupted one bit for bit (stopped after $stop steps, $changes)",
    async ({ stop, changes }) => {
      const whole = tiny(changes);
      const parts = tiny(changes);
      const results = await train(whole);
      await inTwoParts(parts, stop);
      expect(results.steps).toBe(20);
      expect(arraysIn(parts.out!)).toEqual(arraysIn(whole.out!));
      expect(told(parts.out!)).toEqual(told(whole.out!));
      expect(readFileSync(join(parts.out!, "weights.csv"))).toEqual(readFileSync(join(whole.out!, "weights.csv")));
    },
  );

  test("tells apart settings that decide numbers from those that do not", async () => {
    const config = tiny({ maxSteps: 2 });
    await train(config);
    await expect(train({ ...config, lr: 0.01 }, { resume: true })).rejects.toThrow(
      "belongs to another run (lr: 0.05 saved, 0.01 now)",
    );
    await expect(train({ ...config, seed: 9 }, { resume: true })).rejects.toThrow(
      /belongs to another run \(seed: 1 saved, 9 now; split: .* saved, .* now; noise: /,
    );
    expect((await train({ ...config, maxSteps: 4, checkpointEvery: 1 }, { resume: true })).steps).toBe(4);
  });

  test("refuses a checkpoint that is truncated, damaged, foreign or missing, where there is none before it", async () => {
    const config = tiny({ maxSteps: 2 });
    await train(config);
    const path = checkpointPath(config.out!, "last");
    rmSync(checkpointPath(config.out!, "previous"));
    const bytes = readFileSync(path);
    const resume = (): Promise<unknown> => train(config, { resume: true });

    truncateSync(path, bytes.length - 100);
    await expect(resume()).rejects.toThrow("is cut off inside");
    writeFileSync(path, bytes.subarray(0, 5));
    await expect(resume()).rejects.toThrow("has 5 bytes");
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 50]! ^= 1;
    writeFileSync(path, flipped);
    await expect(resume()).rejects.toThrow("do not match their SHA-256");
    writeFileSync(path, "PK\x03\x04 not one of ours at all");
    await expect(resume()).rejects.toThrow("expected a whole safetensors file");
    rmSync(path);
    await expect(resume()).rejects.toThrow("expected a checkpoint, found none");
    writeFileSync(path, bytes);
    expect(await resume()).toMatchObject({ steps: 2 });
  });

  test("a folder that holds a run is not written over", async () => {
    const config = tiny({ maxSteps: 1 });
    await train(config);
    await expect(train(config)).rejects.toThrow("holds a run already");
    await expect(train(tiny(), { resume: true })).rejects.toThrow("found no run.json there");
  });
});

describe("a run that is resumed with more epochs", () => {
  test("goes on under the schedule of the longer run, says so, and has its history in the record", async () => {
    // Stopped inside a window, whose steps had the rates of the shorter run.
    const short = tiny({ method: "deep", epochs: 2, maxSteps: 8 });
    await train(short);
    const long = { ...short, epochs: 6, maxSteps: undefined };
    const { finished, steps } = await train(long, { resume: true });
    expect({ finished, steps }).toEqual({ finished: true, steps: 30 });
    expect(readRecord(short.out!)).toMatchObject({ config: { epochs: 6 }, lengthened: [{ from: 2 }] });
    const events = readEvents(short.out!);
    const told = events.flatMap((event) => (event.type === "warning" ? [event] : []));
    expect(told).toMatchObject([{ about: "schedule", step: 8 }]);
    expect(told[0]!.text).toContain("the run goes on to 6 epochs instead of 2");
    // η of 2 epochs falls after the first; that of 6 after the fourth and the fifth.
    const rates = events.flatMap((event) => (event.type === "step" ? [[event.step, event.learningRate]] : []));
    expect(rates).toEqual([
      [1, 0.05],
      [10, 0.05],
      [20, 0.05],
      [30, 0.05 / 100],
    ]);
    // The best of before and the last of now are both of this run.
    await evaluateRun(short.out!, { checkpoint: "best" });
    await evaluateRun(short.out!, { checkpoint: "last" });
    expect((await train(long, { resume: true })).finished).toBe(true);
  });

  test("and killed before its first checkpoint goes on all the same", async () => {
    const short = tiny({ method: "uniform", epochs: 1 });
    await train(short);
    // The record of the longer run is written first.
    const path = join(short.out!, "run.json");
    const record = JSON.parse(readFileSync(path, "utf8")) as { config: { epochs: number }; lengthened?: unknown };
    record.config.epochs = 2;
    record.lengthened = [{ from: 1 }];
    writeFileSync(path, JSON.stringify(record));
    expect(await train({ ...short, epochs: 2 }, { resume: true })).toMatchObject({ finished: true, steps: 10 });
  });

  test("fewer are refused, as other settings are", () => {
    const record = { folder: "r", config: tiny({ epochs: 4 }) } as never;
    const layers = (epochs: number) => resumeLayers(record, [{ values: { epochs } }]);
    expect(() => layers(3)).toThrow("--epochs: the run in r has 4, got 3. A resumed run keeps its settings");
    expect(layers(5).at(1)).toEqual({ values: { epochs: 5 } });
  });
});
