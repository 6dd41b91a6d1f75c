import { describe, expect, test } from "vitest";
import { auroc, averagePrecision, quantile } from "../../src/statistics.ts";
import { summarise } from "../../src/train/record/weight-summary.ts";
import { trainSchema } from "../../src/train/config.ts";
import { scheduleOf } from "../../src/optim/schedules.ts";
import { decodeTensors, encodeTensors } from "../../src/safetensors.ts";
import { tensor } from "../../src/tensor.ts";

describe("metrics", () => {
  test("AUROC counts pairs: 0.1−, 0.4−, 0.35+, 0.8+ has three of four in order", () => {
    expect(auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
    expect(auroc([1, 1, 1, 1], [0, 1, 0, 1])).toBe(0.5);
    expect(auroc([1, 2], [1, 1])).toBeNull();
  });

  test("average precision: (1/1 + 2/3) / 2 for the order + − +, and the base rate when all scores tie", () => {
    expect(averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(averagePrecision([1, 1, 1, 1], [0, 1, 0, 0])).toBe(0.25);
    expect(averagePrecision([1, 2], [0, 0])).toBeNull();
  });

  test("quantiles interpolate; weights are told in units of 1/N", () => {
    expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
    expect(summarise([0.25, 0.25, 0.25, 0.25])).toEqual({ min: 1, q25: 1, median: 1, q75: 1, max: 1, effective: 1 });
    expect(summarise([1, 0, 0, 0]).effective).toBe(0.25);
  });
});

describe("the schedule", () => {
  test("divides η by ten at 2/3 and 5/6 of the epochs unless told otherwise", () => {
    const config = trainSchema.parse({ epochs: 60 });
    expect([0, 39, 40, 49, 50, 59].map((epoch) => scheduleOf(config)({ step: 0, epoch }))).toEqual([
      0.1, 0.1, 0.01, 0.01, 0.001, 0.001,
    ]);
    expect(scheduleOf(trainSchema.parse({ milestones: [2] }))({ step: 0, epoch: 2 })).toBe(0.01);
  });
});

describe("safetensors", () => {
  test("are laid out as the format says: length, header, bytes", () => {
    const tensors = new Map([["a", tensor(Float32Array.of(1, 2), [2])]]);
    const bytes = Buffer.concat(encodeTensors({ tensors, metadata: { k: "v" } }));
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    expect(JSON.parse(bytes.toString("utf8", 8, 8 + length))).toEqual({
      __metadata__: { k: "v" },
      a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
    });
    expect([bytes.readFloatLE(8 + length), bytes.readFloatLE(12 + length)]).toEqual([1, 2]);
    expect(decodeTensors(bytes, "file").tensors.get("a")!.data).toEqual(Float32Array.of(1, 2));
  });
});
