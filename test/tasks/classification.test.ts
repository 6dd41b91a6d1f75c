import { describe, expect, test } from "vitest";
import { describeTask } from "../../src/tasks/record.ts";
import { parseNoise } from "../../src/data/noise/parse.ts";
import { annotated, prepareClassification } from "../../src/tasks/classification.ts";
import { tinyDataset } from "../data/fixtures.ts";

const dataset = tinyDataset(500, 5);

describe("a task", () => {
  test("its validation and test labels are clean, and only training labels are wrong", async () => {
    const task = await prepareClassification({ dataset, validSize: 50, noise: "flip1:1", seed: 1 });
    expect([task.train.count, task.valid.count, task.test.count]).toEqual([450, 50, 10]);
    for (const part of [task.valid, task.test]) {
      expect(Array.from(part.labels)).toEqual(Array.from(part.indices, (index) => index % 5));
    }
    expect(Array.from(task.train.clean)).toEqual(Array.from(task.train.indices, (index) => index % 5));
    expect(task.train.labels.every((label, i) => label !== task.train.clean[i])).toBe(true);
    expect([task.noiseRate, task.train.mask.every((flag) => flag === 1)]).toEqual([1, true]);
  });

  test("an example has the same given label whatever the split and the limit", async () => {
    const label = async (validSize: number, trainLimit?: number): Promise<Map<number, number>> => {
      const { train } = await prepareClassification({
        dataset,
        validSize,
        noise: "uniform:0.6",
        seed: 4,
        ...(trainLimit === undefined ? {} : { trainLimit }),
      });
      return new Map(Array.from(train.indices, (index, i) => [index, train.labels[i]!]));
    };
    const whole = await label(0);
    for (const part of [await label(100), await label(0, 60), await label(50, 200)]) {
      expect([...part].every(([index, given]) => whole.get(index) === given)).toBe(true);
    }
  });

  test("the validation set does not depend on the training limit", async () => {
    const large = await prepareClassification({ dataset, validSize: 50, seed: 2 });
    const small = await prepareClassification({ dataset, validSize: 50, trainLimit: 100, testLimit: 5, seed: 2 });
    expect(small.valid.indices).toEqual(large.valid.indices);
    expect(small.hashes.split).toBe(large.hashes.split);
    expect([small.train.count, small.test.count]).toEqual([100, 5]);
  });

  test("split and noise come from different streams of the seed, and hashes tell", async () => {
    const one = await prepareClassification({ dataset, validSize: 50, noise: "flip2:0.4", seed: 1 });
    const again = await prepareClassification({ dataset, validSize: 50, noise: " flip2:.40", seed: 1 });
    const other = await prepareClassification({ dataset, validSize: 50, noise: "flip2:0.4", seed: 2 });
    const more = await prepareClassification({ dataset, validSize: 50, noise: "flip2:0.5", seed: 1 });
    expect(again.hashes).toEqual(one.hashes);
    expect([other.hashes.split === one.hashes.split, other.hashes.noise === one.hashes.noise]).toEqual([false, false]);
    expect([more.hashes.split === one.hashes.split, more.hashes.noise === one.hashes.noise]).toEqual([true, false]);
  });

  test("settings that do not fit are refused", async () => {
    await expect(prepareClassification({ dataset, seed: -1 })).rejects.toThrow(
      "seed: expected an integer in [0, 2³²), got -1",
    );
    await expect(prepareClassification({ dataset, seed: 1, augment: { pad: 4 } })).rejects.toThrow(
      "augment: expected pad to be an integer from 0 to 3, got 4",
    );
    await expect(prepareClassification({ dataset, seed: 1, noise: "uniform:1.5" })).rejects.toThrow(
      `noise: expected a probability from 0 to 1 in "uniform:1.5"`,
    );
    await expect(prepareClassification({ dataset, seed: 1, noise: "cifarn:worse" })).rejects.toThrow(
      "there is no cifarn:worse for tiny",
    );
  });

  test("an augmentation that is none is refused, from plain JavaScript too", async () => {
    const prepare = (augment: object) => prepareClassification({ dataset, seed: 1, augment });
    await expect(prepare({ flip: "no" })).rejects.toThrow("augment: expected flip to be true or false, got no");
    await expect(prepare({ padding: "edge" })).rejects.toThrow(
      "augment: expected padding to be one of zero, reflect, got edge",
    );
    await expect(prepare({ pad: undefined })).rejects.toThrow(
      "augment: expected pad to be an integer from 0 to 3, got",
    );
  });

  test("class ids above 255 keep their value", async () => {
    const many = tinyDataset(900, 300);
    const task = await prepareClassification({
      dataset: many,
      validSize: 300,
      trainLimit: 300,
      noise: "flip1:1",
      seed: 1,
    });
    expect(Array.from(task.train.clean)).toEqual(Array.from(task.train.indices, (index) => index % 300));
    expect(Array.from(task.valid.labels)).toEqual(Array.from(task.valid.indices, (index) => index % 300));
    // flip1:1 gives each of 300 classes a wrong label; one byte would hold 256 of them.
    expect(Math.max(...task.train.labels)).toBeGreaterThan(255);
    expect([task.noiseRate, describeTask(task).noise.confusion.length]).toEqual([1, 300]);
    expect(describeTask(task).perClass.test).toEqual(new Array(300).fill(2));
  });

  test("its record holds counts, confusion and hashes, and survives JSON", async () => {
    const task = await prepareClassification({ dataset, validSize: 50, noise: "flip1:1", seed: 1 });
    const record = describeTask(task);
    expect(record.counts).toEqual({ train: 450, valid: 50, test: 10 });
    expect(record.perClass.train).toEqual([90, 90, 90, 90, 90]);
    expect(record.perClass.valid).toEqual([10, 10, 10, 10, 10]);
    expect(record.noise.confusion.map((row) => row.reduce((a, b) => a + b, 0))).toEqual([90, 90, 90, 90, 90]);
    expect(
      record.noise.confusion.every((row, i) => row[i] === 0 && row.filter((count) => count === 90).length === 1),
    ).toBe(true);
    expect(record.noise.spec).toBe("flip1:1");
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });
});

describe("the annotated part", () => {
  const many = tinyDataset(25_000, 5);

  // A count is binomial: n·C ± 4·√(n·C·(1 − C)); 75 cells at 4 σ exceed it with probability 0.5 %, and the draws are fixed.
  test.each(["uniform:0.4", "flip1:0.3", "flip2:0.4"])(
    "has clean validation labels, and given ones by the matrix of %s within 4 sigma",
    async (noise) => {
      const task = await prepareClassification({ dataset: many, validSize: 20_000, noise, seed: 3 });
      const { labels, clean, mask, indices, count } = annotated(task);
      expect([count, indices]).toEqual([20_000, task.valid.indices]);
      expect(Array.from(clean)).toEqual(Array.from(indices, (index) => index % 5));
      expect(task.valid.labels).toEqual(clean);
      expect(Array.from(mask)).toEqual(Array.from(labels, (label, i) => (label === clean[i] ? 0 : 1)));
      const counts = new Float64Array(25);
      labels.forEach((label, i) => counts[clean[i]! * 5 + label]!++);
      for (const [cell, p] of task.matrix!.entries()) {
        expect(Math.abs(counts[cell]! - 4000 * p)).toBeLessThanOrEqual(4 * Math.sqrt(4000 * p * (1 - p)));
      }
    },
  );

  test("is drawn from a stream of its own, and the training labels are what they were without it", async () => {
    const task = await prepareClassification({ dataset: many, validSize: 5000, noise: "uniform:0.6", seed: 4 });
    const noise = await parseNoise("uniform:0.6").fit(many, { seed: 4, folder: "none" });
    const { train, valid } = task;
    const drawn = noise.corrupt(train.indices, "noise");
    expect([drawn.labels, drawn.hash]).toEqual([train.labels, task.hashes.noise]);
    const sameStream = noise.corrupt(valid.indices, "noise").labels;
    const equal = sameStream.filter((label, i) => label === valid.givenLabels[i]).length / 5000;
    // Independent draws from rows (0.52, 0.12, 0.12, 0.12, 0.12) agree with probability 0.328, within 4 · 0.0066.
    expect(Math.abs(equal - 0.328)).toBeLessThan(0.027);
    const again = await prepareClassification({
      dataset: many,
      validSize: 5000,
      trainLimit: 100,
      noise: "uniform:0.6",
      seed: 4,
    });
    expect(again.valid.givenLabels).toEqual(valid.givenLabels);
  });

  test("needs right labels and wrong ones", async () => {
    const part = async (noise: string, validSize = 50) =>
      annotated(await prepareClassification({ dataset, validSize, noise, seed: 1 }));
    await expect(part("none")).rejects.toThrow(
      "--noise: expected right and wrong labels among the validation examples, to learn what tells them apart; with --noise none none of 50 " +
        "is wrong. Choose another noise, or a larger --valid",
    );
    await expect(part("flip1:1")).rejects.toThrow("with --noise flip1:1 each of 50 is wrong");
    await expect(part("flip1:0.5", 0)).rejects.toThrow("with --noise flip1:0.5 none of 0 is wrong");
  });
});
