/** @file Runs without momentum, and without clean examples: refused where a method needs them, and only there. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { evaluateRun } from "../../src/train/after/evaluate-run.ts";
import type { EvalEvent, TrainEvent } from "../../src/train/events.ts";
import { readRecord } from "../../src/train/record/run-record.ts";
import { train } from "../../src/train/run.ts";
import { tiny } from "./tiny.ts";

const eventsOf = (folder: string): TrainEvent[] =>
  readFileSync(join(folder, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainEvent);

describe("no clean examples", () => {
  test.each(["uniform", "focal", "spl", "mentornet"] as const)(
    "%s trains, and the last student is the best",
    async (method) => {
      const config = tiny({ method, valid: 0, epochs: 2 });
      const results = await train(config);
      expect(results.validError).toEqual({ last: null, best: null });
      expect(results.testError.bestValidation).toBe(results.testError.last);
      const evaluations = eventsOf(config.out!).filter((event): event is EvalEvent => event.type === "eval");
      expect(evaluations.map(({ best, validError }) => [best, validError])).toEqual([
        [true, null],
        [true, null],
      ]);
      expect(readRecord(config.out!).results?.finished).toBe(true);
      expect(await evaluateRun(config.out!, { checkpoint: "best" })).toMatchObject({ validError: null, step: 10 });
    },
  );

  test("a run without them is resumed", async () => {
    const config = tiny({ method: "uniform", valid: 0, epochs: 2, maxSteps: 6 });
    await train(config);
    const results = await train({ ...config, maxSteps: undefined }, { resume: true });
    const whole = await train(tiny({ method: "uniform", valid: 0, epochs: 2 }));
    expect([results.finished, results.testError]).toEqual([true, whole.testError]);
  });

  test.each(["deep", "mwnet", "l2rw", "l2t-data", "transition"] as const)("%s needs some", async (method) => {
    await expect(train(tiny({ method, valid: 0 }))).rejects.toThrow(
      `--valid: expected clean examples, since --method ${method} learns from them; got 0`,
    );
  });
});

describe("no momentum", () => {
  test.each([
    { method: "uniform" },
    { method: "mwnet" },
    { method: "deep", reversal: "snapshot" },
    { method: "deep", window: 1 },
  ] as const)("%j trains", async (changes) => {
    const config = tiny({ ...changes, momentum: 0, maxSteps: 7 });
    expect((await train(config)).steps).toBe(7);
    const teacher = eventsOf(config.out!).filter((event) => event.type === "teacher");
    expect(teacher.every(({ gradientNorm }) => Number.isFinite(gradientNorm))).toBe(true);
  });

  test("a reversal that would divide by it is refused with what to do", async () => {
    await expect(train(tiny({ method: "deep", momentum: 0 }))).rejects.toThrow(
      "--momentum: expected more than 0, got 0: --method deep with --reversal float and --window 2 undoes steps by dividing by it",
    );
  });
});
