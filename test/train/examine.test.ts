import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import type { Examination } from "../../src/train/after/examine-run.ts";
import { examineRun } from "../../src/train/after/examine-run.ts";
import { train } from "../../src/train/run.ts";
import { decodeTensors } from "../../src/safetensors.ts";
import { tiny } from "./tiny.ts";

describe("an examined run", () => {
  // 96 training examples in batches of 20: the last one of an epoch is smaller. Without batch norm, by-hand numbers are short.
  const config = tiny({ student: "mlp", epochs: 2, method: "deep", features: "I0+M0" });
  let found: Examination;
  let read: (name: string) => number[];
  beforeAll(async () => {
    // Stopped amid the second epoch: its histogram must not forget the first half.
    await train({ ...config, maxSteps: 7 });
    await train(config, { resume: true });
    found = await examineRun(config.out!, { sample: 1000 });
    const path = checkpointPath(config.out!, "last");
    const { tensors } = decodeTensors(readFileSync(path), path);
    read = (name) => Array.from(tensors.get(name)!.data);
  }, 60_000);

  test("losses are those of the classifier on I0 and the given label", () => {
    const [W, b] = [read("theta.classifier.weight"), read("theta.classifier.bias")];
    const K = found.classes.length;
    for (const { state, given, loss } of found.sample) {
      const logits = b.map((bias, c) => state.reduce((sum, s, i) => sum + s * W[i * K + c]!, bias));
      const logSum = Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0));
      expect(loss).toBeCloseTo(logSum - logits[given]!, 4);
    }
  });

  test("weights are the paper's formula on the checkpoint's ω, normalised over a batch of the run's size", () => {
    const batch = found.sample.slice(0, 20);
    const [W, E, [b]] = [read("omega.W"), read("omega.E"), read("omega.b")];
    const a = batch.map(({ state, given }) => {
      const z = state.reduce((sum, s, i) => sum + s * W[i]!, 0) + E[given]! + b!;
      return 1 / (1 + Math.exp(-z));
    });
    const total = a.reduce((sum, x) => sum + x, 0);
    batch.forEach(({ weight }, i) => expect(weight).toBeCloseTo((20 * a[i]!) / total, 4));
    expect(new Set(batch.map(({ weight }) => weight)).size).toBeGreaterThan(10);
  });

  test("a sample as large as the set has each training example once", () => {
    const indices = found.sample.map(({ index }) => index).sort((x, y) => x - y);
    expect(indices).toEqual(found.training.map(({ index }) => index));
    expect(indices).toHaveLength(96);
  });

  test("after each epoch, every example lies in one bin: right and wrong as the labels say", () => {
    const { training, histograms } = found;
    const wrong = training.filter(({ given, clean }) => given !== clean).length;
    const count = (bins: readonly number[]): number => bins.reduce((sum, n) => sum + n, 0);
    expect(histograms.map(({ epoch }) => epoch)).toEqual([1, 2]);
    for (const told of histograms) expect([count(told.clean), count(told.wrong)]).toEqual([96 - wrong, wrong]);
    // The last one by the last weights themselves.
    const { binWidth, wrong: bins } = histograms.at(-1)!;
    bins.forEach((n, i) => {
      const inside = training.filter(
        ({ given, clean, lastWeight }) => given !== clean && Math.abs(lastWeight! - i * binWidth) < binWidth / 2,
      );
      expect(n).toBe(inside.length);
    });
  });
});

test("of a method that learns how labels go wrong, the shares of its counts row by row", async () => {
  const config = tiny({ student: "mlp", epochs: 1, method: "transition" });
  await train(config);
  const { transitions } = await examineRun(config.out!, { sample: 20 });
  const path = checkpointPath(config.out!, "last");
  const counts = decodeTensors(readFileSync(path), path).tensors.get("omega.N")!;
  const K = counts.shape[0]!;
  expect(transitions).toHaveLength(K);
  transitions!.forEach((row, c) => {
    const own = Array.from(counts.data.slice(c * K, (c + 1) * K));
    const total = own.reduce((sum, n) => sum + n, 0);
    // Each count has 1e-5 of an even class more.
    row.forEach((share, j) => expect(share).toBeCloseTo((own[j]! + 1e-5 / K) / (total + 1e-5), 9));
  });
}, 60_000);
