/** @file What a run watches while it trains: reversals, weights, teachers and numbers that are not finite. */

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TrainConfig } from "../../src/train/config.ts";
import type { TrainEvent, TrainHooks } from "../../src/train/events.ts";
import { readEvents } from "../../src/train/record/log.ts";
import { readRecord } from "../../src/train/record/run-record.ts";
import { COLLAPSE, collapsedSteps, collapseText, effectiveSize } from "../../src/train/record/weight-summary.ts";
import { train } from "../../src/train/run.ts";
import { checkScore, checkStep, checkTeacher, checkUpdate } from "../../src/train/step/finite.ts";
import { tensor } from "../../src/tensor.ts";
import { tiny } from "./tiny.ts";

async function eventsOf(config: TrainConfig, hooks: TrainHooks = {}): Promise<TrainEvent[]> {
  await train(config, hooks);
  return readEvents(config.out!);
}

const warnings = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.type === "warning" ? [{ about: event.about, text: event.text }] : []));
const updates = (events: readonly TrainEvent[]) => events.filter((event) => event.type === "teacher");

describe("a reversal that drifts", () => {
  // Undoing 14 steps magnifies rounding by 0.1⁻¹⁴.
  const drifting = { teacherEvery: 15, window: 15, momentum: 0.1, epochs: 6, batch: 24, method: "deep" } as const;

  test("is rejected before the teacher is touched; later windows keep their parameters, and learn as snapshots do", async () => {
    const config = tiny(drifting);
    const events = await eventsOf(config);
    const told = warnings(events);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ about: "reversal" });
    expect(told[0]!.text).toMatch(
      /the reversal of 15 steps drifted by \S+, \S+ times the largest parameter: momentum 0\.1/,
    );
    // 24 steps: the update after 15 is left out.
    expect(updates(events)).toHaveLength(0);
    expect(readRecord(config.out!).results).toMatchObject({ teacherUpdates: 0, largestDrift: null });
  });

  test("leaves later updates exact: they are those of a snapshot run with the same teacher", async () => {
    const long = { ...drifting, epochs: 8 };
    const fallen = await eventsOf(tiny(long));
    const [update] = updates(fallen);
    expect(update).toMatchObject({ step: 30, drift: null });
    expect(Number.isFinite(update!.gradientNorm)).toBe(true);
    expect(warnings(fallen)).toHaveLength(1);
    // Stopped inside the window after the fall, and resumed: the same update.
    const config = tiny(long);
    await train({ ...config, maxSteps: 22 });
    expect(updates(await eventsOf(config, { resume: true }))[0]).toMatchObject({
      step: 30,
      metric: update!.metric,
      gradientNorm: update!.gradientNorm,
    });
  });

  test("is no matter at the usual momentum: nothing is told, and the drift is in the results", async () => {
    const config = tiny({ method: "deep" });
    const events = await eventsOf(config);
    expect(warnings(events)).toEqual([]);
    const { largestDrift, teacherUpdates } = readRecord(config.out!).results!;
    expect(teacherUpdates).toBe(updates(events).length);
    expect(largestDrift).toBe(Math.max(...updates(events).map(({ drift }) => drift!)));
  });
});

test("a teacher that will make no update in the run is told before the first step", async () => {
  const events = await eventsOf(tiny({ method: "deep", teacherEvery: 21, epochs: 4 }));
  expect(warnings(events)).toEqual([
    {
      about: "teacher",
      text: "the teacher makes no update: its first comes after --teacher-every 21 steps, and the run has 20. Lower --teacher-every, or raise --epochs",
    },
  ]);
  expect(events.findIndex(({ type }) => type === "warning")).toBe(1);
});

test("weights that leave fewer than three examples for twenty steps in a row have collapsed", () => {
  const few = Float32Array.of(0.5, 0.01, 0, 0, 0);
  const more = Float32Array.of(0.2, 0.2, 0.2, 0.2, 0.2);
  expect(collapsedSteps(few, 19)).toBe(COLLAPSE);
  expect(collapsedSteps(new Float32Array(5), 7)).toBe(8);
  expect(collapsedSteps(more, 19)).toBe(0);
  // A batch of two cannot have three.
  expect(collapsedSteps(Float32Array.of(0.5, 0.5), 3)).toBe(0);
  expect(collapseText(few)).toContain("the last on an effective 1.0 of 5 examples");
  expect(collapseText(new Float32Array(5))).toContain("the last on none of 5 examples, since all weights are 0");
});

test("the effective size of weights is (Σ w)² / Σ w²", () => {
  expect(effectiveSize([1, 1, 1, 1])).toBe(4);
  expect(effectiveSize([0, 0.5, 0])).toBe(1);
  expect(effectiveSize([3, 1])).toBeCloseTo(16 / 10, 12);
  expect(effectiveSize([0, 0])).toBe(0);
});

describe("a number that is not finite", () => {
  const about = { method: "deep", options: { teacherLr: 0.5 } };
  const device = (...numbers: number[]) => ({
    ...tensor(Float32Array.from(numbers)),
    read: () => Promise.resolve(tensor(Float32Array.from(numbers))),
  });
  const update = { metric: 1, gradientNorm: 1, drift: null, memory: [], omega: [device(1, 2)] };

  test("in the teacher names the teacher and not the student's rate", async () => {
    await checkUpdate(update, about);
    await expect(checkUpdate({ ...update, gradientNorm: NaN }, about)).rejects.toThrow(
      "teacher of deep: expected a finite gradient, got NaN. Use --reversal snapshot",
    );
    await expect(checkUpdate({ ...update, omega: [device(1), device(Infinity)] }, about)).rejects.toThrow(
      "teacher of deep: expected finite parameters after its update, got Infinity. Lower --teacher-lr (now 0.5)",
    );
    expect(() => checkTeacher([tensor(Float32Array.of(NaN))], about)).toThrow("teacher of deep");
  });

  test("in a step is blamed on the weights where the losses are finite, else on the rate", () => {
    const step = {
      loss: NaN,
      losses: Float32Array.of(1, 2),
      weights: Float32Array.of(NaN, 1),
      method: "mwnet",
      rate: 0.1,
    };
    expect(() => checkStep(step, step)).toThrow("expected finite weights from method mwnet, got NaN");
    const diverged = { ...step, losses: Float32Array.of(1, Infinity) };
    expect(() => checkStep(diverged, diverged)).toThrow("expected a finite loss, got Infinity. Lower --lr (now 0.1)");
    checkStep({ ...step, loss: 1, weights: Float32Array.of(0, 1) }, step);
  });

  test("in a score ends the run, so that it is never the best", () => {
    checkScore("valid", 1, 0.1);
    expect(() => checkScore("valid", NaN, 0.1)).toThrow("expected a finite loss on validation examples, got NaN");
    expect(() => checkScore("test", Infinity, 0.1)).toThrow("on test examples, got Infinity");
  });
});

describe("the folder of a run", () => {
  const diverging = (): TrainConfig => tiny({ lr: 1e30, method: "uniform" });

  test("says that its run diverged, and can be used again", async () => {
    const config = diverging();
    await expect(train(config)).rejects.toThrow("expected a finite loss");
    const { diverged, results } = readRecord(config.out!);
    expect(results).toBeNull();
    expect(diverged).toMatchObject({ step: 1 });
    expect(diverged!.message).toContain("expected a finite loss");
    writeFileSync(join(config.out!, "notes.txt"), "mine");
    const again = { ...config, lr: 0.05 };
    await expect(train(again)).rejects.toThrow("holds a run already, which diverged after 1 steps");
    const { finished } = await train(again, { overwrite: true });
    expect(finished).toBe(true);
    expect(readRecord(config.out!)).not.toHaveProperty("diverged");
    expect(readEvents(config.out!).filter(({ type }) => type === "start")).toHaveLength(1);
    expect(readFileSync(join(config.out!, "notes.txt"), "utf8")).toBe("mine");
  });

  test("keeps an old run when the new one cannot start", async () => {
    const config = tiny({ maxSteps: 2 });
    await train(config);
    await expect(train({ ...config, noise: "flip3:0.4" }, { overwrite: true })).rejects.toThrow("flip3");
    expect(readRecord(config.out!).results!.steps).toBe(2);
  });

  test("keeps the times of a finished run that is resumed", async () => {
    const config = tiny({ method: "deep" });
    await train(config);
    const { results } = readRecord(config.out!);
    await train(config, { resume: true });
    const after = readRecord(config.out!).results!;
    expect(after.secondsPerStep).toBe(results!.secondsPerStep);
    expect(after.secondsPerTeacherUpdate).toBe(results!.secondsPerTeacherUpdate);
    expect(after.wallSeconds).toBe(results!.wallSeconds);
  });

  test.each([
    ["deleted", (path: string) => rmSync(path, { recursive: true }), "found no folder there"],
    ["moved", (path: string) => renameSync(path, `${path}-moved`), "found no folder there"],
    [
      "replaced",
      (path: string) => {
        renameSync(path, `${path}-moved`);
        mkdirSync(path);
      },
      "found another folder, or another run in it",
    ],
  ] as const)("that is %s in mid-run ends the run, and no part of it is made again", async (_, spoil, message) => {
    const config = tiny({ checkpointEvery: 1 });
    let spoilt = false;
    const onEvent = ({ type }: TrainEvent): void => {
      if (type === "step" && !spoilt) spoil(config.out!);
      spoilt ||= type === "step";
    };
    await expect(train(config, { onEvent })).rejects.toThrow(message);
    expect(existsSync(join(config.out!, "checkpoint"))).toBe(false);
    expect(existsSync(join(config.out!, "metrics.jsonl"))).toBe(false);
  });
});
