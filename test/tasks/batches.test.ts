import { describe, expect, test } from "vitest";
import { drawCrop, normalisation, writeCrop, writePlain } from "../../src/tasks/images/augment.ts";
import { Batches } from "../../src/tasks/images/batches.ts";
import { prepareTask } from "../../src/tasks/classification.ts";
import { tinyDataset } from "../data/fixtures.ts";

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
  const task = await prepareTask({ dataset, validSize: 5, noise: "uniform:0.5", seed: 3 });
  const batches = new Batches(task, { size: 32 });

  test("an epoch visits every training position once, the last batch holding the rest", () => {
    const epoch = Array.from({ length: batches.stepsPerEpoch }, (_, step) => batches.train(0, step));
    expect(epoch.map(({ size }) => size)).toEqual([32, 32, 32, 4]);
    expect(epoch.flatMap(({ positions }) => [...positions]).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    expect(epoch.every(({ x, size }) => x.length === size * 32)).toBe(true);
  });

  test("dropLast leaves the partial batch out", () => {
    expect(new Batches(task, { size: 32, dropLast: true }).stepsPerEpoch).toBe(3);
    expect(new Batches(task, { size: 50, dropLast: true }).stepsPerEpoch).toBe(2);
  });

  test("labels of training batches are the given ones", () => {
    const { y, positions } = batches.train(1, 2);
    expect(Array.from(y)).toEqual(Array.from(positions, (position) => task.train.labels[position]!));
  });

  test("any batch can be made again bit for bit, in any order, by another object", () => {
    const first = [0, 1, 2, 3].flatMap((epoch) => [0, 1, 2, 3].map((step) => batches.train(epoch, step)));
    const other = new Batches(task, { size: 32 });
    for (const at of [15, 3, 4, 0, 12, 7]) {
      expect(other.train(Math.floor(at / 4), at % 4)).toEqual(first[at]);
    }
  });

  test("the same positions are augmented alike, whatever batch they come in", () => {
    const { x, positions } = batches.train(2, 1);
    const alone = batches.augmented(2, positions.slice(5, 6));
    expect(alone.x).toEqual(x.slice(5 * 32, 6 * 32));
    const later = batches.augmented(3, positions);
    expect(later.x).not.toEqual(x);
  });

  test("epochs are shuffled differently", () => {
    expect(batches.train(0, 0).positions).not.toEqual(batches.train(1, 0).positions);
  });

  test("without pad and flip a training batch is the plain one", async () => {
    const still = await prepareTask({ dataset, seed: 3, augment: { pad: 0, flip: false } });
    const plain = new Batches(still, { size: 8 });
    const batch = plain.train(4, 2);
    expect(plain.plain("train", batch.positions)).toEqual(batch);
  });

  test("evaluation goes through a part in order, untouched", () => {
    const parts = [...batches.evaluate("test", 4)];
    expect(parts.map(({ size }) => size)).toEqual([4, 4, 2]);
    expect(parts.flatMap(({ y }) => [...y])).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
    // Byte i·7 of the test pixels; mean and std of channel 0 are 1/2.
    expect(parts[1]!.x[0]).toBeCloseTo((((4 * 32 * 7) % 256) / 255 - 0.5) / 0.5, 6);
  });

  test("validation batches are clean random draws without repetition, keyed by the update", async () => {
    const roomy = await prepareTask({ dataset, validSize: 50, noise: "uniform:1", seed: 3 });
    const draws = new Batches(roomy, { size: 8, validSize: 20 });
    const batch = draws.valid(7);
    expect([batch.size, new Set(batch.positions).size]).toEqual([20, 20]);
    expect(Array.from(batch.y)).toEqual(Array.from(batch.positions, (position) => roomy.valid.indices[position]! % 5));
    expect(draws.valid(7)).toEqual(batch);
    expect(draws.valid(8).positions).not.toEqual(batch.positions);
    expect(new Batches(roomy, { size: 8, validSize: 500 }).valid(0).size).toBe(50);
  });

  test("a given buffer is used, and one that is too small refused", () => {
    const out = new Float32Array(40 * 32);
    const batch = batches.train(0, 3, out);
    expect([batch.x.buffer === out.buffer, batch.x.length]).toEqual([true, 4 * 32]);
    expect(() => batches.train(0, 0, new Float32Array(31))).toThrow("batch: out holds 31 floats, 32 images need 1024");
  });

  test("sizes and positions out of range are refused", async () => {
    expect(() => new Batches(task, { size: 0 })).toThrow("batch size: expected an integer ≥ 1, got 0");
    expect(() => new Batches(task, { size: 8, validSize: 1.5 })).toThrow(
      "validation batch size: expected an integer ≥ 1, got 1.5",
    );
    expect(() => new Batches(task, { size: 101, dropLast: true })).toThrow(
      "batch size: 101 exceeds the 100 training examples, and dropLast leaves none",
    );
    expect(() => batches.train(0, 4)).toThrow("train batch: expected step in 0…3, got 4");
    expect(() => batches.plain("test", Uint32Array.of(10))).toThrow("batch: position 10 is not in 0…9");
    const none = await prepareTask({ dataset, seed: 1 });
    expect(() => new Batches(none, { size: 8 }).valid(0)).toThrow(
      "validation batch: the task has no validation set. Set a validation size > 0",
    );
  });
});
