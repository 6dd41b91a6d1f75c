import { describe, expect, test } from "vitest";
import { canDrawText, toPng, toSvg } from "../../src/report/figure.ts";
import type { Figure } from "../../src/report/figure.ts";
import type { WeightRecord } from "../../src/report/record.ts";
import { scatterFigures } from "../../src/report/scatter-figures.ts";
import { classFigure, histogramFigure, spread } from "../../src/report/summary-figures.ts";
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

test.runIf(canDrawText())("a PNG is twice as wide as its SVG", async () => {
  const svg = await toSvg(classFigure(synthetic()).spec);
  const png = Buffer.from(toPng(svg));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect(png.readUInt32BE(16)).toBe(2 * Number(/ width="(\d+)"/.exec(svg)![1]));
});
