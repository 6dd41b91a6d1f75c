/** @file Every method on sentence pairs: it works, on padded batches too, or is refused with the reason. */

import { describe, expect, test } from "vitest";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import type { Engine } from "../../src/engines/engine.ts";
import { methodOf, METHODS } from "../../src/methods/methods.ts";
import { transformers } from "../../src/models/sequences/transformer.ts";
import { tokenObjective } from "../../src/objectives/tokens.ts";
import { Random } from "../../src/random.ts";
import type { Batch } from "../../src/tasks/batches.ts";
import { float, int, tensor } from "../../src/tensor.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { TrainingProblem } from "../../src/train/step/problem.ts";
import { select } from "../../src/train/step/inspect-batch.ts";
import { Trainer } from "../../src/train/step/trainer.ts";
import { tiny } from "../train/tiny.ts";

const V = 12;
const form = {
  inputs: { source: int([1, 1]), sourceReal: float([1, 1]), previous: int([1, 1]), real: float([1, 1]) },
  outputs: V,
  dropout: 0,
};
const objective = tokenObjective({ vocabulary: V, smoothing: 0.1, smoothedOver: "all", unit: "token" });

/** Pairs of these lengths, at most S and T, in rows that are filled up to N. */
function batchOf(
  lengths: readonly (readonly [number, number])[],
  [N, S, T]: readonly [number, number, number],
  seed: number,
): Batch {
  const ids = new Random(seed, "pairs").permutation(1000);
  let next = 0;
  const sentences = (side: 0 | 1, places: number, first: readonly number[] = []) =>
    Array.from({ length: N }, (_, n) => {
      const length = lengths[n]?.[side] ?? 0;
      const own = Array.from({ length }, (_, i) => (i === length - 1 ? 2 : 4 + (ids[next++]! % (V - 4))));
      return [...first, ...own, ...new Array<number>(places - length).fill(1)];
    });
  const mask = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map((id) => Number(id !== 1)));
  const array = (rows: readonly (readonly number[])[], whole: boolean) =>
    tensor(whole ? Int32Array.from(rows.flat()) : Float32Array.from(rows.flat()), [rows.length, rows[0]!.length]);
  const source = sentences(0, S);
  const target = sentences(1, T);
  const previous = target.map((row, n) =>
    lengths[n] ? [2, ...row.slice(0, -1)].map((id, t) => (t < lengths[n]![1] ? id : 1)) : row,
  );
  return {
    arrays: {
      source: array(source, true),
      sourceReal: array(mask(source), false),
      previous: array(previous, true),
      target: array(target, true),
      real: array(mask(target), false),
    },
    positions: Uint32Array.from(lengths.keys()),
    size: lengths.length,
  };
}

const PAIRS = [
  [3, 5],
  [4, 2],
  [2, 3],
  [4, 4],
] as const;
const full = batchOf(PAIRS, [4, 4, 5], 1);
const clean = batchOf(
  [
    [3, 3],
    [2, 4],
    [4, 4],
  ],
  [3, 4, 4],
  2,
);

const trainerOf = (method: string, engine: Engine, changes: TrainInput = {}): Trainer => {
  const config = tiny({ method: "uniform", batch: 4, momentum: 0.9, ...changes });
  const student = transformers.make("transformer:d=8,ffn=8,heads=2,layers=1", form)!;
  return new Trainer(
    engine,
    new TrainingProblem(student, { objective, form, rows: 6 }, methodOf(method), config),
    config,
  );
};

const step = (batch: Batch, at = 0) => ({ batch, rate: 0.1, moment: { progress: at, loss: 0.8, accuracy: 0.1 } });
const numbers = async (trainer: Trainer): Promise<number[]> =>
  (await Promise.all(trainer.arrays.theta.map(async (x) => Array.from((await x.read()).data)))).flat();

const WORKS = ["uniform", "focal", "spl", "mentornet", "mwnet", "l2rw", "l2t-data", "deep"];
const TRUSTED = ["trusted-only", "mixed", "fine-tune"];

describe.each(WORKS)("%s", (method) => {
  test("takes a step and learns; weights are of those pairs", async () => {
    const trainer = trainerOf(method, reference);
    const input = step(full, 0.3);
    if (trainer.learner?.timing.when === "before") await trainer.learn(clean, input);
    const { loss, weights } = await trainer.step(input, 1);
    expect(Number.isFinite(loss)).toBe(true);
    expect(weights).toHaveLength(4);
    if (trainer.learner?.timing.when === "after") {
      await trainer.step(step(full, 0.6), 2);
      const { metric, drift } = await trainer.learn(clean);
      expect(metric).toBeLessThan(0);
      expect(drift).toBeLessThan(1e-12);
    }
  });
});

// MentorNet drops the last examples and spl ranks all rows: they are given full batches, as all training batches are.
test.each(WORKS.filter((name) => name !== "mentornet" && name !== "spl"))(
  "%s: rows that only fill up a batch change nothing",
  async (method) => {
    const [bare, filled] = await Promise.all(
      [full, batchOf(PAIRS, [6, 4, 5], 1)].map(async (batch) => {
        const trainer = trainerOf(method, reference);
        const input = step(batch, 0.3);
        if (trainer.learner?.timing.when === "before") await trainer.learn(clean, input);
        const { loss, weights } = await trainer.step(input, 1);
        const N = weights.length;
        return { loss, shares: Array.from(weights, (w) => w * N), theta: await numbers(trainer) };
      }),
    );
    expect(filled!.loss).toBeCloseTo(bare!.loss, 10);
    expect(filled!.shares.slice(4)).toEqual([0, 0]);
    bare!.shares.forEach((w, k) => expect(filled!.shares[k]).toBeCloseTo(w, 6));
    bare!.theta.forEach((x, i) => expect(filled!.theta[i]).toBeCloseTo(x, 9));
  },
);

test.each(METHODS.filter((name) => !WORKS.includes(name) && !TRUSTED.includes(name)))("%s is refused", (method) => {
  expect(() => trainerOf(method, reference)).toThrow(
    `--method ${method}: expected a task that predicts classes, got one that predicts tokens`,
  );
});

test("spl as rl4data, which counts examples per class, is refused", () => {
  expect(() => trainerOf("spl", reference, { method: "spl", splVariant: "rl4data" })).toThrow("--method spl: expected");
});

test.each(["joint", "bilinear", "I2"])("the feature %s is refused by name", (features) => {
  expect(() => trainerOf("deep", reference, { features })).toThrow(
    `--features: expected features of this student, which are I0, I1, M0, M1, loss, trusted; got ${features}`,
  );
});

test("deep at ω = 0 is uniform, bit for bit", async () => {
  const engine = await onnxEngine({ threads: 1 });
  const [deep, uniform] = await Promise.all(
    ["deep", "uniform"].map(async (method) => {
      const trainer = trainerOf(method, engine);
      for (const t of [0, 1, 2]) await trainer.step(step(full, t / 10), 0);
      return numbers(trainer);
    }),
  );
  expect(deep).toEqual(uniform);
});

test("l2t-data reads seven numbers of a pair: the moment, −ln p over ln V, lengths and their ratio", async () => {
  const trainer = trainerOf("l2t-data", reference, { method: "l2t-data", l2tPolicy: "lr" });
  const arrays = trainer.problem.initial.omega as Readonly<Record<string, { readonly shape: readonly number[] }>>;
  expect(arrays["W"]!.shape).toEqual([7, 1]);
  const { losses } = await trainer.step({ ...step(full), rate: 0 }, 0);
  // Each number alone, through a policy that reads nothing else: ln π(keep) = ln σ(s).
  const wanted = PAIRS.map(([S, T], k) => [0, 0.8, 0.1, losses[k]! / Math.log(V), S / 100, T / 100, S / T]);
  for (let i = 0; i < 7; i++) {
    const W = tensor(
      Float64Array.from({ length: 7 }, (_, j) => Number(j === i)),
      [7, 1],
    );
    trainer.writeOmega({ W, b: tensor([0]) });
    const moment = { progress: 0, loss: 0.8, accuracy: 0.1 };
    // All uniform numbers lie just below, and then just above, what keeps the pair.
    for (const by of [-1e-6, 1e-6]) {
      const uniforms = Float32Array.from(wanted, (s) => 1 / (1 + Math.exp(-s[i]!)) + by);
      const { keep } = await select(trainer, full, moment, uniforms, false);
      expect(Array.from(keep)).toEqual(wanted.map(() => Number(by < 0)));
    }
  }
});

test("the order of a batch's pairs changes nothing but rounding", async () => {
  const order = [2, 0, 3, 1];
  const permuted: Batch = {
    ...full,
    arrays: Object.fromEntries(
      Object.entries(full.arrays).map(([name, { data, shape }]) => {
        const width = shape[1]!;
        const rows = order.flatMap((n) => Array.from(data.subarray(n * width, (n + 1) * width)));
        return [name, tensor(data instanceof Int32Array ? Int32Array.from(rows) : Float32Array.from(rows), shape)];
      }),
    ),
  };
  const [a, b] = await Promise.all(
    [full, permuted].map(async (batch) => {
      const trainer = trainerOf("deep", reference);
      await trainer.step(step(batch), 0);
      return numbers(trainer);
    }),
  );
  a!.forEach((x, i) => expect(b![i]).toBeCloseTo(x, 12));
});
