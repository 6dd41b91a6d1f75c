import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/random.ts";
import { rankCorrelation, varianceBetween } from "../../src/statistics.ts";
import { classRows, exampleRows, histogramRows, toCsv } from "../../src/report/tables.ts";
import { tsne } from "../../src/report/tsne.ts";
import { weightsReport } from "../../src/report/weights-report.ts";
import { synthetic } from "./synthetic.ts";

const read = (csv: string): Record<string, string>[] => parse(csv, { columns: true });

describe("tables", () => {
  const record = synthetic();

  test("examples survive the way through CSV, to six digits", () => {
    const rows = read(toCsv(exampleRows(record.sample, record.classes)));
    expect(rows).toHaveLength(record.sample.length);
    record.sample.forEach((example, i) => {
      const row = rows[i]!;
      expect([row["index"], row["given_label"], row["clean_label"]].map(Number)).toEqual([
        example.index,
        example.given,
        example.clean,
      ]);
      expect(row["given_class"]).toBe(record.classes[example.given]);
      expect(row["label"]).toBe(i % 3 === 0 ? "wrong" : "right");
      for (const [column, value] of [
        ["loss", example.loss],
        ["weight", example.weight],
        ["tsne_x", example.x],
        ["tsne_y", example.y],
      ] as const)
        expect(Math.abs(Number(row[column]) - value)).toBeLessThanOrEqual(5e-6 * Math.abs(value));
    });
    expect(rows[1]!["mean_weight"]).toBe("");
  });

  test("each kind's shares add up to 1", () => {
    const rows = histogramRows(record.histograms);
    expect(rows).toHaveLength(3 * 2 * 4);
    const share = (epoch: number, label: string): number =>
      rows
        .filter((row) => row["epoch"] === epoch && row["label"] === label)
        .reduce((sum, row) => sum + Number(row["share"]), 0);
    for (const epoch of [1, 2, 3])
      for (const label of ["right", "wrong"]) expect(share(epoch, label)).toBeCloseTo(1, 12);
    expect(rows.find((row) => row["label"] === "wrong" && row["weight"] === 0.5)).toMatchObject({
      examples: 15,
      share: 0.75,
    });
  });

  test("class means, right and wrong apart, and the share of wrong labels", () => {
    // 60 examples, 4 classes: 15 of class k, 5 of them wrong with weight 0.5, the others 1 + k/10.
    const rows = classRows(synthetic({ classes: 4 }));
    rows.forEach((row, k) => {
      expect(row).toMatchObject({ label: k, examples: 15, last_weight_wrong: 0.5 });
      expect(row["wrong_share"]).toBeCloseTo(1 / 3, 12);
      expect(row["last_weight_right"]).toBeCloseTo(1 + k / 10, 12);
      expect(row["last_weight"]).toBeCloseTo((5 * 0.5 + 10 * (1 + k / 10)) / 15, 12);
    });
  });
});

describe("findings", () => {
  test("Spearman: 1 − 6 Σ d² / (n (n² − 1)) without ties; monotone is 1; ties share a rank; constants have none", () => {
    expect(rankCorrelation([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])).toBeCloseTo(1 - (6 * 4) / (5 * 24), 12);
    expect(rankCorrelation([1, 2, 3], [10, 100, 1000])).toBeCloseTo(1, 12);
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: Pearson of the two.
    expect(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
    expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBeNull();
  });

  test("variance between groups: all of it, none of it, and between", () => {
    expect(varianceBetween([1, 1, 3, 3], [0, 0, 1, 1])).toBe(1);
    expect(varianceBetween([1, 3, 1, 3], [0, 0, 1, 1])).toBe(0);
    // Means 1.5 and 3.5 around 2.5: 4 · 1; squares around 2.5: 2.25 + 0.25 + 0.25 + 2.25.
    expect(varianceBetween([1, 2, 3, 4], [0, 0, 1, 1])).toBeCloseTo(4 / 5, 12);
    expect(varianceBetween([2, 2], [0, 1])).toBeNull();
  });
});

describe("the map", () => {
  /** Three clusters, ten standard deviations apart, in 16 dimensions. */
  const random = new Random(3, "clusters");
  const cluster = Array.from({ length: 90 }, (_, i) => i % 3);
  const points = cluster.map((c) => Array.from({ length: 16 }, (_, axis) => random.normal() + (axis === c ? 10 : 0)));

  test("keeps clusters apart: the nearest neighbours of every point are of its own", () => {
    const places = tsne(points, { seed: 1, iterations: 400 });
    const purity = places.map((at, i) => {
      const near = places
        .map((other, j) => ({ j, far: (at.x - other.x) ** 2 + (at.y - other.y) ** 2 }))
        .filter(({ j }) => j !== i)
        .sort((a, b) => a.far - b.far)
        .slice(0, 10);
      return near.filter(({ j }) => cluster[j] === cluster[i]).length / near.length;
    });
    expect(purity.reduce((a, b) => a + b, 0) / purity.length).toBeGreaterThan(0.99);
  });

  test("is a function of the seed", () => {
    const few = points.slice(0, 30);
    const at = (seed: number) => tsne(few, { seed, iterations: 50 });
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
  });
});

test("the report: every figure twice, three tables, and a page that needs nothing else and hides nothing in markup", async () => {
  const { files, findings, png } = await weightsReport(synthetic(), 'a "run" <b>', [["method", "deep & co"]]);
  const page = files.get("index.html") as string;
  const pictures = [...files.keys()].filter((name) => name.endsWith(".svg"));
  expect(pictures).toHaveLength(6);
  expect([...files.keys()].filter((name) => name.endsWith(".png"))).toHaveLength(png ? 6 : 0);
  expect([...files.keys()].filter((name) => name.endsWith(".csv"))).toHaveLength(3);
  expect([...page.matchAll(/<img [^>]*src="data:image\/svg\+xml;base64,/g)]).toHaveLength(6);
  expect(page).toContain("<h1>a &quot;run&quot; &lt;b&gt;</h1>");
  expect(page).toContain("<dd>deep &amp; co</dd>");
  for (const [, link] of page.matchAll(/href="([^"]+)"/g)) expect(files.has(link!)).toBe(true);
  expect(page).not.toMatch(/(src|href)="https?:/);
  expect(findings.map(([name]) => name)).toEqual(["weight follows loss", "weight follows class"]);
});
