import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { readRecord } from "../../src/train/record/run-record.ts";
import { lossQuality, rankedBy, suspectsCsv } from "../../src/train/record/suspects.ts";
import { WeightHistory } from "../../src/train/record/weight-history.ts";
import { train } from "../../src/train/run.ts";
import { tiny } from "./tiny.ts";

type Row = Readonly<Record<string, string>>;
const rows = (csv: string): Row[] => parse(csv, { columns: true });

/** A history of four examples, of which the last was never seen. */
function history(...weights: number[]): WeightHistory {
  const own = new WeightHistory(4);
  const share = weights.map((w) => w / weights.length);
  own.add([0, 1, 2], share);
  return own;
}

const task = { describe: (_: unknown, position: number) => ({ index: position }) } as never;
const order = (csv: string): string[] => rows(csv).map(({ index }) => index!);

describe("the ranking of suspicious examples", () => {
  const losses = Float32Array.of(0.5, 0.1, 0.9, 0.7);

  test("goes by the lowest mean weight, and puts examples never seen last", () => {
    const known = { weights: history(1.5, 0.2, 1.3), losses };
    expect(rankedBy(known)).toBe("weight");
    expect(order(suspectsCsv(known, task))).toEqual(["1", "2", "0", "3"]);
  });

  test("goes by the highest loss where all weights are alike, also of examples never seen", () => {
    const known = { weights: history(1, 1, 1), losses };
    expect(rankedBy(known)).toBe("loss");
    expect(order(suspectsCsv(known, task))).toEqual(["2", "3", "0", "1"]);
    expect(rankedBy({ weights: history(1, 1, 1) })).toBe("weight");
  });

  test("by loss is as good as the pairs that it puts right", () => {
    const known = { weights: history(1, 1, 1), losses };
    // Wrong are 2 and 0: (0.9 > 0.1), (0.9 > 0.7), (0.5 > 0.1) of four pairs.
    expect(lossQuality(known, [1, 0, 1, 0]).auroc).toBe(3 / 4);
    expect(lossQuality(known)).toEqual({ auroc: null, averagePrecision: null });
    expect(lossQuality({ weights: known.weights }, [1, 0, 1, 0]).auroc).toBeNull();
  });
});

test("a finished run tells the student's loss of every training example, against its given label", async () => {
  const config = tiny({ method: "uniform", noise: "flip2:0.4" });
  await train(config);
  const { results } = readRecord(config.out!);
  const told = rows(readFileSync(join(config.out!, "weights.csv"), "utf8"));
  expect(told).toHaveLength(96);
  const losses = told.map(({ loss }) => Number(loss));
  expect(losses).toEqual([...losses].sort((a, b) => b - a));
  expect(results).toMatchObject({ rankedBy: "loss", weights: { auroc: null } });
  const lossOf = (wrong: boolean): number[] =>
    told.filter((row) => (row["given_label"] !== row["clean_label"]) === wrong).map(({ loss }) => Number(loss));
  const pairs = lossOf(true).flatMap((a) => lossOf(false).map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
  expect(results!.losses!.auroc).toBeCloseTo(pairs.reduce((a, b) => a + b, 0) / pairs.length, 9);
});

test("a stopped run is not passed over again: its losses are unknown", async () => {
  const config = tiny({ maxSteps: 3 });
  await train(config);
  expect(readRecord(config.out!).results).toMatchObject({ rankedBy: "weight", losses: { auroc: null } });
  const [first] = rows(readFileSync(join(config.out!, "weights.csv"), "utf8"));
  expect(first).toMatchObject({ loss: "", rank: "1" });
});
