import { describe, expect, test } from "vitest";
import { drawCrop, normalisation, writeCrop, writePlain } from "../../src/tasks/images/augment.ts";
import type { Batch } from "../../src/tasks/batches.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import { ImageBatches } from "../../src/tasks/images/batches.ts";
import { prepareClassification } from "../../src/tasks/classification.ts";
import { tinyDataset } from "../data/fixtures.ts";

const imagesOf = ({ arrays }: Batch): number[] => Array.from(arrays["images"]!.data);
const labelsOf = ({ arrays }: Batch): number[] => Array.from(arrays["labels"]!.data);

describe("augmentation", () => {
  // One channel, 2 rows of 3 pixels; mean 0 and std 1/255 make the normalised value the byte itself.
  const canvas = {
    pixels: Uint8Array.of(1, 2, 3, 4, 5, 6),
    shape: [1, 2, 3],
    table: normalisation([0], [1 / 255]),
  } as const;
  const crop = (dy: number, dx: number, flip: boolean, padding: "zero" | "reflect"): number[] => {
    const out = new Float32Array(6);
    writeCrop(canvas, 0, { dy, dx, flip }, { pad: 1, flip, padding }, out, 0);
    return Array.from(out, Math.round);
  };

  // The image padded by 1:   0 0 0 0 0      reflected:   5 4 5 6 5
  //                          0 1 2 3 0                   2 1 2 3 2
  //                          0 4 5 6 0                   5 4 5 6 5
  //                          0 0 0 0 0                   2 1 2 3 2
  test.each([
    [1, 1, false, "zero", [1, 2, 3, 4, 5, 6]],
    [0, 0, false, "zero", [0, 0, 0, 0, 1, 2]],
    [2, 2, false, "zero", [5, 6, 0, 0, 0, 0]],
    [1, 0, true, "zero", [2, 1, 0, 5, 4, 0]],
    [1, 1, true, "zero", [3, 2, 1, 6, 5, 4]],
    [0, 0, false, "reflect", [5, 4, 5, 2, 1, 2]],
    [2, 2, true, "reflect", [5, 6, 5, 2, 3, 2]],
  ] as const)(
    "the crop at (%i, %i), flip %s, padding %s is cut from the padded image",
    (dy, dx, flip, padding, expected) => {
      expect(crop(dy, dx, flip, padding)).toEqual(expected);
    },
  );

  test("normalisation is (byte/255 − mean) / std for each channel", () => {
    const out = new Float32Array(2);
    writePlain(
      { pixels: Uint8Array.of(255, 51), shape: [2, 1, 1], table: normalisation([0.5, 0.1], [0.25, 0.2]) },
      0,
      out,
      0,
    );
    expect(out[0]).toBeCloseTo(2, 6);
    expect(out[1]).toBeCloseTo(0.5, 6);
  });

  test("crops cover all offsets evenly and flips are half", () => {
    const counts = new Array<number>(25).fill(0);
    let flips = 0;
    const n = 25_000;
    for (let i = 0; i < n; i++) {
      const { dy, dx, flip } = drawCrop({ pad: 2, flip: true, padding: "zero" }, 1, 0, i);
      counts[dy * 5 + dx]!++;
      flips += Number(flip);
    }
    // χ² with 24 degrees of freedom exceeds 51.2 with probability 0.001.
    expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(51.2);
    expect(Math.abs(flips - n / 2)).toBeLessThan(4 * Math.sqrt(n / 4));
  });
});

describe("batches", async () => {
  const dataset = tinyDataset(105, 5);
  const task = await prepareClassification({ dataset, validSize: 5, noise: "uniform:0.5", seed: 3 });
  const batches = new ImageBatches(task, { size: 32 });

  test("an epoch visits every training position once, the last batch holding the rest", () => {
    const epoch = Array.from({ length: batches.stepsPerPass }, (_, step) => batchAt(batches, step));
    expect(epoch.map(({ size }) => size)).toEqual([32, 32, 32, 4]);
    expect(epoch.flatMap(({ positions }) => [...positions]).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    expect(epoch.every((batch) => imagesOf(batch).length === batch.size * 32)).toBe(true);
  });

  test("dropLast leaves the partial batch out", () => {
    expect(new ImageBatches(task, { size: 32, dropLast: true }).stepsPerPass).toBe(3);
    expect(new ImageBatches(task, { size: 50, dropLast: true }).stepsPerPass).toBe(2);
  });

  test("labels of training batches are the given ones", () => {
    const batch = batchAt(batches, 6);
    const { positions } = batch;
    expect(labelsOf(batch)).toEqual(Array.from(positions, (position) => task.train.labels[position]!));
  });

  test("any batch can be made again bit for bit, in any order, by another object", () => {
    const first = Array.from({ length: 16 }, (_, draw) => batchAt(batches, draw));
    const other = new ImageBatches(task, { size: 32 });
    for (const at of [15, 3, 4, 0, 12, 7]) {
      expect(batchAt(other, at)).toEqual(first[at]);
    }
  });

  test("the same positions are augmented alike, whatever batch they come in", () => {
    const rows = batches.rows(9);
    const images = imagesOf(batches.collate(rows));
    expect(imagesOf(batches.collate(rows.slice(5, 6)))).toEqual(images.slice(5 * 32, 6 * 32));
    const later = rows.map(({ position, pass }) => ({ position, pass: pass + 1 }));
    expect(imagesOf(batches.collate(later))).not.toEqual(images);
  });

  test("epochs are shuffled differently", () => {
    expect(batches.rows(0).map(({ position }) => position)).not.toEqual(
      batches.rows(4).map(({ position }) => position),
    );
  });

  test("without pad and flip a training batch is the plain one", async () => {
    const still = await prepareClassification({ dataset, seed: 3, augment: { pad: 0, flip: false } });
    const plain = new ImageBatches(still, { size: 8 });
    const batch = batchAt(plain, 4 * plain.stepsPerPass + 2);
    expect(plain.plain("train", batch.positions)).toEqual(batch);
  });

  test("evaluation goes through a part in order, untouched, 250 examples at a time", async () => {
    const [batch, ...rest] = [...batches.of("test")];
    expect([batch!.size, rest.length]).toEqual([10, 0]);
    expect(labelsOf(batch!)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
    // Byte i·7 of the test pixels; mean and std of channel 0 are 1/2.
    expect(imagesOf(batch!)[4 * 32]).toBeCloseTo((((4 * 32 * 7) % 256) / 255 - 0.5) / 0.5, 6);
    const large = await prepareClassification({ dataset: tinyDataset(600, 5), seed: 3 });
    const parts = [...new ImageBatches(large, { size: 8 }).of("train")];
    expect(parts.map(({ size }) => size)).toEqual([250, 250, 100]);
    expect(parts.flatMap(({ positions }) => [...positions])).toEqual(Array.from({ length: 600 }, (_, i) => i));
  });

  test("validation batches are clean random draws without repetition, keyed by the update", async () => {
    const roomy = await prepareClassification({ dataset, validSize: 50, noise: "uniform:1", seed: 3 });
    const draws = new ImageBatches(roomy, { size: 8, cleanSize: 20 });
    const batch = draws.clean(7, false);
    expect([batch.size, new Set(batch.positions).size]).toEqual([20, 20]);
    expect(labelsOf(batch)).toEqual(Array.from(batch.positions, (position) => roomy.valid.indices[position]! % 5));
    expect(draws.clean(7, false)).toEqual(batch);
    expect(draws.clean(8, false).positions).not.toEqual(batch.positions);
    expect(new ImageBatches(roomy, { size: 8, cleanSize: 500 }).clean(0, false).size).toBe(50);
  });

  test("examples that wait fill a batch when there are as many as its size", () => {
    const waiting = [...batches.rows(0), ...batches.rows(1)];
    expect(batches.full(waiting.slice(0, 31))).toBe(0);
    expect(batches.full(waiting)).toBe(32);
    const mixed = batches.collate(waiting.slice(20, 52));
    expect(imagesOf(mixed).slice(0, 12 * 32)).toEqual(imagesOf(batchAt(batches, 0)).slice(20 * 32));
    expect(imagesOf(mixed).slice(12 * 32)).toEqual(imagesOf(batchAt(batches, 1)).slice(0, 20 * 32));
  });

  test("sizes and positions out of range are refused", async () => {
    expect(() => new ImageBatches(task, { size: 0 })).toThrow("batch size: expected an integer ≥ 1, got 0");
    expect(() => new ImageBatches(task, { size: 8, cleanSize: 1.5 })).toThrow(
      "validation batch size: expected an integer ≥ 1, got 1.5",
    );
    expect(() => new ImageBatches(task, { size: 101, dropLast: true })).toThrow(
      "batch size: 101 exceeds the 100 training examples, and dropLast leaves none",
    );
    expect(() => batches.rows(-1)).toThrow("training batch: expected an integer ≥ 0, got -1");
    expect(() => batches.plain("test", Uint32Array.of(10))).toThrow("batch: position 10 is not in 0…9");
    const none = await prepareClassification({ dataset, seed: 1 });
    expect(() => new ImageBatches(none, { size: 8 }).clean(0, false)).toThrow(
      "validation batch: the task has no validation set. Set a validation size > 0",
    );
  });
});
