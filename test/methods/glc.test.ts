/** @file Gold loss correction: the matrix against a student's predictions one by one, and runs with their rehearsal. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeTensors } from "../../src/safetensors.ts";
import type { Batch, Batches } from "../../src/tasks/batches.ts";
import { tensor } from "../../src/tensor.ts";
import type { RehearsedEvent, TrainEvent } from "../../src/train/events.ts";
import { train } from "../../src/train/run.ts";
import { beliefs } from "../../src/train/step/evaluation.ts";
import { tiny } from "../train/tiny.ts";
import { batchOf, labelsOf, little, metricAt, numbers } from "./little.ts";

/** Example k of a batch under label j, alone. */
const alone = ({ arrays }: Batch, k: number, j: number): Batch => ({
  arrays: {
    images: tensor(arrays["images"]!.data.slice(k * 4, k * 4 + 4), [1, 1, 2, 2]),
    labels: tensor(Int32Array.of(j)),
  },
  positions: Uint32Array.of(0),
  size: 1,
});

test("the matrix is the mean prediction for the trusted examples of each class", async () => {
  const trainer = little({ method: "glc" });
  const parts = { valid: batchOf(7, 1), trusted: batchOf(5, 2) };
  const batches = { of: (part: keyof typeof parts) => [parts[part]] } as unknown as Batches;
  const got = await beliefs(trainer, batches, ["valid", "trusted"]);
  const theta = await numbers(trainer.arrays.theta);
  const sums = [0, 1, 2].map(() => [0, 0, 0]);
  const counts = [0, 0, 0];
  for (const batch of Object.values(parts)) {
    for (const [k, label] of labelsOf(batch).entries()) {
      counts[label]!++;
      // The likelihood of label j is p_j.
      for (const j of [0, 1, 2]) sums[label]![j]! += Math.exp(await metricAt(theta, alone(batch, k, j)));
    }
  }
  expect(Math.min(...counts)).toBeGreaterThan(0);
  got.forEach((row, c) => row.forEach((p, j) => expect(p).toBeCloseTo(sums[c]![j]! / counts[c]!, 6)));
  await trainer.close();
});

describe("a run", () => {
  const eventsOf = (folder: string): TrainEvent[] =>
    readFileSync(join(folder, "metrics.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as TrainEvent);

  test("has one rehearsal of its own length, whose matrix the real student is trained with", async () => {
    const config = tiny({ method: "glc", epochs: 2 });
    const results = await train(config);
    const rehearsed = eventsOf(config.out!).filter((event): event is RehearsedEvent => event.type === "rehearsed");
    expect([results.steps, results.rehearsalSteps, rehearsed.length]).toEqual([10, 10, 1]);
    const file = readFileSync(join(config.out!, "teacher.safetensors"));
    const counts = decodeTensors(file, "teacher").tensors.get("N")!;
    // The rows of T are distributions of classes that are equally frequent.
    for (let c = 0; c < 10; c++) {
      const row = Array.from(counts.data.slice(c * 10, c * 10 + 10));
      expect(row.reduce((total, x) => total + x, 0)).toBeCloseTo(1 / 10, 6);
    }
    const diagonal = Array.from({ length: 10 }, (_, c) => counts.data[c * 11]!).reduce((total, x) => total + x, 0);
    expect(rehearsed[0]!.facts["mean T[c, c]"]).toBeCloseTo(diagonal, 6);
  });

  test.each([4, 13])("stopped after %i steps goes on to the same numbers", async (maxSteps) => {
    const whole = await train(tiny({ method: "glc", epochs: 2 }));
    const config = tiny({ method: "glc", epochs: 2, maxSteps });
    await train(config);
    const resumed = await train({ ...config, maxSteps: undefined }, { resume: true });
    expect([resumed.finished, resumed.testError, resumed.testLoss]).toEqual([true, whole.testError, whole.testLoss]);
  });
});
