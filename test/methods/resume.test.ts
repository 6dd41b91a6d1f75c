import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { decodeTensors } from "../../src/safetensors.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import type { TrainInput } from "../../src/train/config.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { train } from "../../src/train/run.ts";
import { tiny } from "../train/tiny.ts";

// The glyphs are the same for every run here: drawing them once is most of the time saved.
vi.mock(import("../../src/data/sets/load.ts"), async (original) => {
  const load = await original();
  let drawn: ReturnType<typeof load.loadDataset> | undefined;
  return { ...load, loadDataset: (options) => (drawn ??= load.loadDataset(options)) };
});

const arraysIn = (folder: string) =>
  [...decodeTensors(readFileSync(checkpointPath(folder, "last")), "checkpoint").tensors].map(([name, { data }]) => [
    name,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex"),
  ]);

/** What metrics.jsonl says of updates and evaluations, times aside. */
const told = (folder: string): unknown[] =>
  readFileSync(join(folder, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainEvent)
    .filter((event) => event.type === "teacher" || event.type === "eval")
    .map((event) => ({ ...event, ms: 0, seconds: 0 }));

// 96 examples in batches of 20: five steps an epoch, the last of 16 examples; windows are the last two of every three steps, so that
// after 8 steps one of a window's steps is done and the other is not.
const cases: readonly { stop: number; changes: TrainInput }[] = [
  { stop: 7, changes: { method: "focal", focalGamma: 0.5 } },
  { stop: 7, changes: { method: "spl" } },
  { stop: 8, changes: { method: "mwnet" } },
  { stop: 6, changes: { method: "mwnet", mwnetVariant: "original", validAugment: true } },
  { stop: 4, changes: { method: "l2rw", validBn: "eval" } },
  { stop: 8, changes: { method: "l2t-loss", l2tLossSlots: 3, l2tLossMix: 0.5 } },
  { stop: 8, changes: { method: "transition", transitionMemory: 50 } },
  { stop: 8, changes: { features: "I0+M0+M1" } },
  { stop: 8, changes: { features: "M1+bilinear", reversal: "snapshot" } },
  { stop: 8, changes: { method: "deep-joint", window: 1 } },
  { stop: 8, changes: { features: "I0+M1+loss", teacher: "mlp-1", interaction: "deep" } },
];

test.each(cases)(
  "a run stopped after $stop steps and resumed equals an uninterrupted one, bit for bit: $changes",
  async ({ stop, changes }) => {
    const whole = tiny({ epochs: 2, ...changes });
    const parts = tiny({ epochs: 2, ...changes });
    expect((await train(whole)).steps).toBe(10);
    await train({ ...parts, maxSteps: stop });
    await train(parts, { resume: true });
    expect(arraysIn(parts.out!)).toEqual(arraysIn(whole.out!));
    expect(told(parts.out!)).toEqual(told(whole.out!));
    expect(readFileSync(join(parts.out!, "weights.csv"))).toEqual(readFileSync(join(whole.out!, "weights.csv")));
  },
);

test("a learner's update before a step is told with that step, and once, though the run was killed between them", async () => {
  const config = tiny({ method: "l2rw", epochs: 1, checkpointEvery: 2 });
  await train({ ...config, maxSteps: 2 });
  const path = join(config.out!, "metrics.jsonl");
  // What a run that is killed in its third step leaves behind.
  const lost = { type: "teacher", step: 3, metric: 0, gradientNorm: 0, drift: null, ms: 0 };
  const before = readFileSync(path, "utf8");
  appendFileSync(path, `${JSON.stringify(lost)}\n`);
  expect(before).toContain('"type":"teacher","step":2');
  await train(config, { resume: true });
  const updates = (told(config.out!) as TrainEvent[]).filter(({ type }) => type === "teacher");
  expect(updates.map((event) => (event as { step: number }).step)).toEqual([1, 2, 3, 4, 5]);
});
