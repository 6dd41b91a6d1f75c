import { describe, expect, test } from "vitest";
import {
  aurocOf,
  cellOf,
  columnsOf,
  differenceOf,
  errorOf,
  labelsOf,
  timeRatioOf,
  withChosen,
} from "../../results/cells.ts";
import { row } from "./rows.ts";

// Per seed 10 − 20, 12 − 24 and 17 − 22 points: −10, −12, −5; mean −9, squares 1 + 9 + 16 = 26, sample variance 13.
const rows = [
  row("uniform", 1, 0.2),
  row("uniform", 2, 0.24, { wallSeconds: 50 }),
  row("uniform", 3, 0.22, { wallSeconds: 200 }),
  row("deep", 3, 0.17, { auroc: 0.9 }),
  row("deep", 1, 0.1, { auroc: 0.7, wallSeconds: 130 }),
  row("deep", 2, 0.12, { auroc: null, wallSeconds: 150 }),
  row("deep", 4, 0.5, { auroc: null }),
  row("uniform", 1, 0.9, { noise: "flip2:0.2" }),
];
const [column, other] = columnsOf(rows);
const deep = cellOf(column!, "deep");

describe("cells", () => {
  test("columns are conditions and labels are rows, in order of appearance", () => {
    expect(columnsOf(rows).map(({ title }) => title)).toEqual(["flip2:0.4", "flip2:0.2"]);
    expect(labelsOf(rows)).toEqual(["uniform", "deep"]);
    expect(cellOf(other!, "deep")).toEqual([]);
  });

  test("titles name data and student only where they differ", () => {
    const varied = [row("a", 1, 0.1), row("a", 1, 0.1, { data: "cifar100", noise: "none" })];
    expect(columnsOf(varied).map(({ title }) => title)).toEqual(["cifar10 flip2:0.4", "cifar100 clean"]);
    expect(columnsOf([row("a", 1, 0.1, { noise: "cifarn:worse" })])[0]!.title).toBe("CIFAR-10N worse");
  });

  test("error: mean and sample deviation", () => {
    const three = errorOf(deep.filter(({ seed }) => seed < 4))!;
    expect(three.mean).toBeCloseTo(0.13, 12);
    expect(three.std).toBeCloseTo(Math.sqrt(13) / 100, 12);
    expect(errorOf([])).toBeNull();
  });

  test("difference: seed by seed, to the baseline of the same column, over the seeds that both have", () => {
    const difference = differenceOf(deep, column!)!;
    expect(difference.n).toBe(3);
    expect(difference.mean).toBeCloseTo(-0.09, 12);
    expect(difference.std).toBeCloseTo(Math.sqrt(13) / 100, 12);
    expect(differenceOf(cellOf(column!, "uniform"), column!)).toBeNull();
  });

  test("AUROC: of the seeds that have one", () => {
    expect(aurocOf(deep)).toEqual({
      n: 2,
      mean: expect.closeTo(0.8, 12) as number,
      std: expect.closeTo(0.2 / Math.SQRT2, 12) as number,
    });
  });

  test("time: the median of the ratios of pairs, 130 / 100, 150 / 50 and 100 / 200", () => {
    expect(timeRatioOf(deep, column!)).toEqual({ n: 3, median: 1.3 });
    expect(timeRatioOf(deep.slice(0, 2), column!)!.median).toBeCloseTo((0.5 + 1.3) / 2, 12);
    expect(timeRatioOf(deep, { ...other!, rows: [] })).toBeNull();
    const elsewhere = deep.map((one) => ({ ...one, cpu: "Another processor" }));
    expect(timeRatioOf(elsewhere, column!)).toBeNull();
  });
});

describe("a setting chosen by validation", () => {
  const focal = [
    row("uniform", 1, 0.5),
    row("focal-1", 1, 0.3, { validErrorLast: 0.31, wallSeconds: 10 }),
    row("focal-2", 1, 0.2, { validErrorLast: 0.32, wallSeconds: 30 }),
    row("focal-1", 2, 0.3, { validErrorLast: 0.4 }),
    row("focal-2", 2, 0.25, { validErrorLast: 0.3 }),
    row("focal-1", 3, 0.3),
    row("spl", 1, 0.6),
  ];
  const chosen = withChosen(focal, "focal", "focal, chosen");

  test("is the run of the lowest validation error, not of the lowest test error, per seed and in the time of all", () => {
    const found = chosen.filter(({ label }) => label === "focal, chosen");
    expect(found.map(({ seed, testErrorLast, wallSeconds }) => [seed, testErrorLast, wallSeconds])).toEqual([
      [1, 0.3, 40],
      [2, 0.25, 200],
    ]); // Seed 3 has no focal-2.
  });

  test("comes after the method's others, and is left out where there is nothing to choose", () => {
    expect(labelsOf(chosen)).toEqual(["uniform", "focal-1", "focal-2", "focal, chosen", "spl"]);
    expect(withChosen(rows, "deep", "chosen")).toEqual([...column!.rows, ...other!.rows]);
  });
});
