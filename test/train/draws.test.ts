import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { DivergedError } from "../../src/errors.ts";
import { decodeTensors } from "../../src/safetensors.ts";
import { mapTree } from "../../src/tree.ts";
import { zeros } from "../../src/tensor.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import type { Progress } from "../../src/train/progress.ts";
import type { TrainConfig, TrainInput } from "../../src/train/config.ts";
import { Draws } from "../../src/train/loop/draws.ts";
import { estimate } from "../../src/train/trial/estimate.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { inspect } from "../../src/train/step/inspect-batch.ts";
import { train } from "../../src/train/run.ts";
import { prepareBatches, prepareData, prepareTrainer } from "../../src/train/setup.ts";
import type { Batch } from "../../src/tasks/batches.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import { tiny } from "./tiny.ts";

vi.mock(import("../../src/data/sets/load.ts"), async (original) => {
  const load = await original();
  let drawn: ReturnType<typeof load.loadDataset> | undefined;
  return { ...load, loadDataset: (options) => (drawn ??= load.loadDataset(options)) };
});

async function partsOf(config: TrainConfig) {
  const task = await prepareData(config);
  return { task, batches: prepareBatches(config, task), trainer: await prepareTrainer(config, task) };
}

const numbersOf = ({ arrays }: Batch): { x: number[]; y: number[] } => ({
  x: Array.from(arrays["images"]!.data),
  y: Array.from(arrays["labels"]!.data),
});

/** A checkpoint's arrays and counters. */
function saved({ out }: TrainConfig) {
  const { tensors, metadata } = decodeTensors(readFileSync(checkpointPath(out!, "last")), "checkpoint");
  const arrays = new Map([...tensors].map(([name, { data }]) => [name, Array.from(data)]));
  return { arrays, progress: JSON.parse(metadata["progress"]!) as Progress };
}

describe("draws", () => {
  // 96 examples in batches of 20, 5 an epoch, the last of 16.
  const config = tiny({ method: "spl", splVariant: "rl4data", epochs: 1 });
  const moment = { progress: 0.1, loss: 1, accuracy: 0 };

  test("what is kept comes in the order of the draws, in full batches, and the rest is told", async () => {
    const { batches, trainer } = await partsOf(config);
    const dropped: number[] = [];
    const draws = new Draws(trainer, batches, config.seed, { onDrop: (positions) => dropped.push(...positions) });
    const got = [await draws.next(moment), await draws.next(moment), await draws.next(moment)];
    const rows: { x: number[]; y: number; position: number }[] = [];
    const left: number[] = [];
    // At 0.1 of the run, each class keeps the 1 + ⌊19 · 0.1⌋ = 2 smallest losses.
    for (let d = 0; d < draws.progress.drawn; d++) {
      const batch = batchAt(batches, d);
      const { losses } = await inspect(trainer, batch, moment);
      const { x: images, y: labels } = numbersOf(batch);
      labels.forEach((y, k) => {
        const below = losses.filter((loss, j) => labels[j] === y && loss < losses[k]!).length;
        const position = batch.positions[k]!;
        const image = images.length / batch.size;
        if (below < 2) rows.push({ x: images.slice(k * image, (k + 1) * image), y, position });
        else left.push(position);
      });
    }
    expect(left.length).toBeGreaterThan(5);
    expect(dropped).toEqual(left);
    for (const [i, batch] of got.entries()) {
      const want = rows.slice(20 * i, 20 * (i + 1));
      expect(batch.size).toBe(20);
      expect(numbersOf(batch).y).toEqual(want.map(({ y }) => y));
      expect([...batch.positions]).toEqual(want.map(({ position }) => position));
      expect(numbersOf(batch).x).toEqual(want.flatMap(({ x }) => x));
    }
    expect(draws.progress.waiting).toHaveLength(rows.length - 60);
    // Going on from what was saved.
    const again = new Draws(trainer, batches, config.seed, {}, draws.progress);
    expect(await again.next(moment)).toEqual(await draws.next(moment));
    await trainer.close();
  });

  test("a policy that keeps nothing ends the run with advice", async () => {
    const { batches, trainer } = await partsOf(tiny({ method: "l2t-data", l2tPolicy: "lr" }));
    const never = mapTree(trainer.problem.initial.omega, ({ shape }) => zeros(shape)) as { W: never; b: never };
    trainer.writeOmega({ ...never, b: { ...zeros([1]), data: Float32Array.of(-200) } });
    const next = new Draws(trainer, batches, 1).next(moment);
    await expect(next).rejects.toThrow(DivergedError);
    await expect(next).rejects.toThrow(
      "selection: expected examples to train on, got none from 100 batches in a row (draws 1 to 100). The method has learnt to leave",
    );
    await trainer.close();
  });

  test("a run notes what is dropped as 0, and steps as often as any", async () => {
    const results = await train(config);
    const { arrays, progress } = saved(config);
    const sum = (name: string): number => arrays.get(name)!.reduce((total, x) => total + x, 0);
    expect(results).toMatchObject({ finished: true, steps: 5, rehearsalSteps: 0, draws: progress.draws.drawn });
    expect(results.draws).toBeGreaterThan(5);
    expect(sum("weights.sum")).toBeCloseTo(5 * 20, 3);
    const rows = Array.from({ length: progress.draws.drawn }, (_, d) => (d % 5 === 4 ? 16 : 20));
    const seen = rows.reduce<number>((total, size) => total + size, 0);
    expect(sum("weights.count")).toBe(seen - progress.draws.waiting.length);
  });
});

/** What metrics.jsonl says, times aside. */
const told = ({ out }: TrainConfig): unknown[] =>
  readFileSync(join(out!, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainEvent)
    .filter(({ type }) => ["rehearsal", "rehearsed", "eval", "weights"].includes(type))
    .map((event) => ({ ...event, stepMs: 0, seconds: 0 }));

// Two rehearsals of 5 steps before 10 of the real student.
const policy: TrainInput = { method: "l2t-data", epochs: 2, l2tEpisodes: 2, l2tEpisodeShare: 0.5, l2tChecks: 3 };

describe("rehearsals", () => {
  test.each([
    { stops: [3, 8, 13], changes: policy },
    { stops: [5, 10], changes: { ...policy, l2tPolicy: "lr" } },
    { stops: [1, 6], changes: { method: "spl", splVariant: "rl4data", epochs: 2 } },
  ] as const)(
    "a run stopped after $stops steps and resumed equals an uninterrupted one, bit for bit",
    async ({ stops, changes }) => {
      const [whole, parts] = [tiny(changes), tiny(changes)];
      const results = await train(whole);
      expect(results).toMatchObject({ finished: true, steps: 10, rehearsalSteps: changes.method === "spl" ? 0 : 10 });
      for (const [i, stop] of stops.entries()) {
        const so = await train({ ...parts, maxSteps: stop }, { resume: i > 0 });
        expect(so.steps + so.rehearsalSteps).toBe(stop);
        expect(so.finished).toBe(false);
      }
      await train(parts, { resume: true });
      const [a, b] = [saved(parts), saved(whole)];
      expect(a.arrays).toEqual(b.arrays);
      expect({ ...a.progress, wallSeconds: 0 }).toEqual({ ...b.progress, wallSeconds: 0 });
      expect(told(parts)).toEqual(told(whole));
      expect(readFileSync(`${parts.out!}/weights.csv`)).toEqual(readFileSync(`${whole.out!}/weights.csv`));
    },
  );

  test("stops lie inside an episode and with examples waiting", async () => {
    const config = tiny(policy);
    await train({ ...config, maxSteps: 8 });
    const { progress, arrays } = saved(config);
    expect(progress).toMatchObject({ step: 0, rehearsals: { done: 1, step: 3 } });
    expect(progress.rehearsals.draws.waiting.length).toBeGreaterThan(0);
    expect(arrays.get("rehearsals.eligibility.W1")!.some((x) => x !== 0)).toBe(true);
  });

  test("leave nothing behind but ω: with a policy that does not learn, their number makes no difference", async () => {
    const still = { ...policy, teacherLr: 0 };
    const [one, two] = [tiny({ ...still, l2tEpisodes: 1 }), tiny(still)];
    expect((await train(one)).rehearsalSteps).toBe(5);
    await train(two);
    const real = (config: TrainConfig) => [...saved(config).arrays].filter(([name]) => !name.startsWith("rehearsals."));
    expect(real(two)).toEqual(real(one));
  });

  test("are counted beforehand", async () => {
    const told = await estimate(tiny(policy));
    expect(told).toMatchObject({ rehearsals: { count: 2, steps: 5 }, steps: { total: 10 } });
    expect(told.selection!.drawsPerStep).toBeGreaterThan(1);
    expect(told.totalSeconds).toBeCloseTo(
      20 * (told.secondsPerStep + told.selection!.drawsPerStep * told.selection!.secondsPerDraw),
      9,
    );
    expect((await estimate(tiny({ method: "uniform" }))).selection).toBeUndefined();
  });
});
