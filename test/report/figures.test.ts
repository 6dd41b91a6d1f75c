import { describe, expect, test } from "vitest";
import { canDrawText, toPng, toSvg } from "../../src/report/figure.ts";
import type { Figure } from "../../src/report/figure.ts";
import type { WeightRecord } from "../../src/report/record.ts";
import { scatterFigures } from "../../src/report/scatter-figures.ts";
import { classFigure, histogramFigure, spread } from "../../src/report/summary-figures.ts";
import { transitionFigures } from "../../src/report/transition-figure.ts";
import { allAlike, weightDomain } from "../../src/report/weight-scale.ts";
import { synthetic } from "./synthetic.ts";

/** The words of an SVG, in order. */
const words = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);

/**
 * How many marks of a kind: vega puts each kind of mark in a group of its class. Legends have groups of other
 * classes.
 */
function marks(svg: string, kind: "symbol" | "rect" | "rule" | "area"): number {
  const groups = svg.split(/<g class="/).filter((part) => part.startsWith(`mark-${kind} role-mark`));
  return groups.reduce((count, part) => count + [...part.split("</g>")[0]!.matchAll(/<(path|line)/g)].length, 0);
}

const drawn = async (figures: readonly Figure[], name: string): Promise<string> =>
  toSvg(figures.find((figure) => figure.name === name)!.spec);

describe("scatter figures", () => {
  const record = synthetic({ examples: 60, classes: 3 });
  const figures = scatterFigures(record);

  test.each([
    ["weight-loss", ["loss of the given label (nats)", "weight N·w (1 = uniform)", "given class", "given label"]],
    ["weight-loss-classes", ["loss (nats)", "weight N·w", "given label"]],
    ["states-class", ["t-SNE 1 (no unit)", "t-SNE 2 (no unit)", "given class", "given label"]],
    ["states-weight", ["t-SNE 1 (no unit)", "t-SNE 2 (no unit)", "weight N·w", "given label"]],
  ])("%s has a mark for each example, titles and legends", async (name, titles) => {
    const svg = await drawn(figures, name);
    expect(marks(svg, "symbol")).toBe(60);
    expect(words(svg)).toEqual(expect.arrayContaining(titles));
  });

  test("class by class, each class has a panel under its name, escaped", async () => {
    const svg = await drawn(figures, "weight-loss-classes");
    for (const k of [0, 1, 2]) expect(svg).toContain(`>class &lt;${k}&gt;</text>`);
    expect(marks(svg, "rule")).toBe(3);
  });

  test("where no label is known to be wrong, nothing is told apart", async () => {
    const clean = scatterFigures(synthetic({ noisy: false }));
    for (const { spec, caption } of clean) {
      expect(words(await toSvg(spec))).not.toContain("given label");
      expect(caption).not.toMatch(/wrong|cross/);
    }
  });

  test("a hundred classes get a scale of colours, and the twelve that stand out get panels", async () => {
    const many: WeightRecord = synthetic({ examples: 400, classes: 100 });
    const all = scatterFigures(many);
    expect(words(await drawn(all, "states-class"))).toContain("given class (its number)");
    const panels = words(await drawn(all, "weight-loss-classes")).filter((word) => word.startsWith("class"));
    expect(panels).toHaveLength(12);
  });
});

describe("summary figures", () => {
  test("histograms: a panel for each epoch, an area for each kind", async () => {
    const svg = await toSvg(histogramFigure(synthetic({ epochs: 3 })).spec);
    expect(marks(svg, "area")).toBe(3 * 2);
    expect(words(svg)).toEqual(
      expect.arrayContaining(["epoch 1", "epoch 2", "epoch 3", "weight N·w", "share of kind"]),
    );
  });

  test("of many epochs the first, the last and evenly spread ones are shown", () => {
    const { histograms } = synthetic({ epochs: 50 });
    expect(spread(histograms, 8).map(({ epoch }) => epoch)).toEqual([1, 8, 15, 22, 29, 36, 43, 50]);
    expect(spread(histograms.slice(0, 5), 8)).toHaveLength(5);
  });

  test("classes: a tick each, a point for right and for wrong labels, a bar of noise", async () => {
    const svg = await toSvg(classFigure(synthetic({ classes: 4, examples: 60 })).spec);
    expect(marks(svg, "symbol")).toBe(4 * 2);
    expect(marks(svg, "rect")).toBe(4 + 4);
    expect(words(svg)).toEqual(
      expect.arrayContaining([
        "mean weight N·w in the last epoch (1 = uniform)",
        "wrong labels in the class",
        "given class",
      ]),
    );
  });
});

describe("the range of weights", () => {
  const weighing = (weights: readonly number[]): WeightRecord => {
    const record = synthetic({ examples: weights.length });
    const sample = record.sample.map((example, i) => ({ ...example, weight: weights[i]!, lastWeight: weights[i]! }));
    return { ...record, sample, training: sample };
  };
  const ramp = (highest: number): number[] => Array.from({ length: 61 }, (_, i) => (highest * i) / 60);

  test.each([
    // Shares of the uniform weight; weights that add up to a constant, near to each other and far apart.
    [ramp(0.3), 1],
    [ramp(1), 1],
    [[...ramp(1), 1.02], 2],
    [ramp(7.5), 7.5],
  ])("of %j ends at 0 and %d", (weights, end) => {
    expect(weightDomain(weighing(weights))).toEqual([0, end]);
  });

  test("is the axis of each figure of weights", async () => {
    const record = weighing(ramp(0.3));
    const spec = JSON.stringify([...scatterFigures(record), classFigure(record)].map((figure) => figure.spec));
    expect(spec).not.toContain('"zero":false},"title":"weight');
    expect(words(await drawn(scatterFigures(record), "weight-loss"))).toEqual(expect.arrayContaining(["0.0", "1.0"]));
    expect(words(await drawn(scatterFigures(record), "states-weight"))).toEqual(expect.arrayContaining(["0.0", "1.0"]));
  });

  test("there are no figures of weights that are all alike, up to rounding", () => {
    const alike = weighing(ramp(1).map((x) => 1 + 1e-6 * x));
    expect(allAlike(alike)).toBe(true);
    expect(scatterFigures(alike).map(({ name }) => name)).toEqual(["states-class"]);
    expect(allAlike(weighing(ramp(1)))).toBe(false);
    expect(allAlike({ ...alike, training: weighing(ramp(1)).training })).toBe(false);
  });
});

describe("on a phone", () => {
  // 390 pixels without the page's and the figure's edges: 24, 16 and 2.
  test.each([true, false])("each figure is at most 348 pixels wide (wrong labels: %s)", async (noisy) => {
    const transitions = Array.from({ length: 10 }, () => Array<number>(10).fill(0.1));
    const record = { ...synthetic({ examples: 200, classes: 10, noisy }), transitions };
    const figures = [
      ...scatterFigures(record),
      histogramFigure(record),
      classFigure(record),
      ...transitionFigures(record),
    ];
    for (const { name, narrow } of figures) {
      const svg = await toSvg(narrow, "narrow");
      expect([name, Number(/ width="([\d.]+)"/.exec(svg)![1]) <= 348]).toEqual([name, true]);
    }
  });
});

test.runIf(canDrawText())("a PNG is twice as wide as its SVG", async () => {
  const svg = await toSvg(classFigure(synthetic()).spec);
  const png = Buffer.from(toPng(svg));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect(png.readUInt32BE(16)).toBe(2 * Number(/ width="(\d+)"/.exec(svg)![1]));
});
