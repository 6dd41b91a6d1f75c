/** @file Figures over all training examples: weights of right and wrong labels by epoch, and weights by class. */

import type { Figure } from "./figure.ts";
import { drawnBy } from "./figure.ts";
import type { Histogram, Row, WeightRecord } from "./record.ts";
import { hasWrong } from "./record.ts";
import { LABEL_COLOURS, NARROW_WIDTH, REFERENCE } from "./style.ts";
import { classRows, histogramRows } from "./tables.ts";
import { weightDomain } from "./weight-scale.ts";

/** The last bin, which counts all weights above it. */
const LAST_BIN = 3;

/** The most epochs that are shown, evenly spread, the first and the last among them. The table has all. */
const EPOCHS = 8;

/** Colours of the labels that there are. */
const coloursOf = ({ training }: Pick<WeightRecord, "training">) => {
  const kinds = training.some(({ clean }) => clean === null)
    ? (["right", "wrong", "unknown"] as const)
    : (["right", "wrong"] as const);
  return { domain: [...kinds], range: kinds.map((kind) => LABEL_COLOURS[kind]) };
};

export function histogramFigure(record: WeightRecord): Figure {
  const shown = spread(record.histograms, EPOCHS);
  const noisy = hasWrong(record);
  const values = histogramRows(shown).map((row): Row => ({ ...row, panel: `epoch ${row["epoch"]}` }));
  const used = values.filter((row) => Number(row["examples"]) > 0).map((row) => Number(row["weight"]));
  const width = record.histograms[0]?.binWidth ?? 0;
  // Earlier epochs may have had higher weights than the last one, and a bin reaches half its width to either side.
  const highest = Math.max(...used, Math.min(weightDomain(record)[1], LAST_BIN));
  const domain = [-width / 2, highest + width / 2];
  const within = values.filter((row) => Number(row["weight"]) <= highest);
  const columns = Math.min(4, shown.length);
  return {
    name: "weight-histograms",
    title: noisy ? "Weights of right and wrong labels over the epochs" : "Weights over the epochs",
    caption: `The weights of all training examples in an epoch, as training used them${noisy ? ", right and wrong labels apart; each kind's shares add up to 100 %" : ""}.`,
    table: "weights-by-epoch.csv",
    ...drawnBy((layout) => ({
      data: { values: within },
      facet: {
        field: "panel",
        type: "nominal",
        sort: shown.map(({ epoch }) => `epoch ${epoch}`),
        header: { title: null },
      },
      columns: layout === "narrow" ? 1 : columns,
      spacing: 18,
      // The first epoch's weights are nearly equal: on a common axis its peak would flatten all others.
      resolve: { scale: { y: "independent" }, axis: { x: "independent" } },
      spec: {
        width: layout === "narrow" ? NARROW_WIDTH : columns === 1 ? 420 : 190,
        height: columns === 1 && layout === "wide" ? 240 : 120,
        layer: [
          {
            mark: { type: "area", interpolate: "step", opacity: 0.35, line: { interpolate: "step", strokeWidth: 1.5 } },
            encoding: {
              x: {
                field: "weight",
                type: "quantitative",
                title: "weight N·w",
                scale: { domain, nice: false },
                axis: { tickCount: 5 },
              },
              y: {
                field: "share",
                type: "quantitative",
                title: noisy ? "share of kind" : "share",
                stack: null,
                axis: { format: "%", tickCount: 4 },
              },
              color: noisy
                ? { field: "label", type: "nominal", title: "given label", scale: coloursOf(record) }
                : { value: LABEL_COLOURS.right },
            },
          },
          { data: { values: [{}] }, mark: REFERENCE, encoding: { x: { datum: 1 } } },
        ],
      },
    })),
  };
}

/** Width of the classes' plots on a phone, beside their names. */
const NARROW_CLASSES = 200;

/** Up to `count` items, evenly spread, first and last included. */
export function spread(items: readonly Histogram[], count: number): readonly Histogram[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]!);
}

export function classFigure(record: WeightRecord): Figure {
  const rows = classRows(record).filter((row) => row["last_weight"] !== null);
  const sort = [...rows].sort((a, b) => Number(b["last_weight"]) - Number(a["last_weight"])).map((row) => row["class"]);
  const noisy = hasWrong(record);
  const means = rows.flatMap((row) =>
    (["right", "wrong"] as const).map((label) => ({
      class: row["class"],
      label,
      weight: row[`last_weight_${label}`] ?? null,
    })),
  );
  const shown = means.flatMap(({ weight }) => (weight === null ? [] : [Number(weight)]));
  const height = { step: rows.length > 30 ? 14 : 24 };
  const y = { field: "class", type: "nominal", sort, title: "given class" };
  const apart = {
    data: { values: means.filter(({ weight }) => weight !== null) },
    mark: { type: "point", filled: true, size: 50, opacity: 0.9 },
    encoding: {
      y,
      x: { field: "weight", type: "quantitative" },
      color: { field: "label", type: "nominal", title: "mean of labels", scale: coloursOf(record) },
    },
  };
  const weights = (width: number, title: string) => ({
    width,
    height,
    layer: [
      { data: { values: [{}] }, mark: REFERENCE, encoding: { x: { datum: 1 } } },
      {
        data: { values: rows },
        mark: { type: "tick", thickness: 3, size: rows.length > 30 ? 10 : 16, color: "#222222" },
        encoding: {
          y,
          x: {
            field: "last_weight",
            type: "quantitative",
            title,
            scale: { domain: [0, Math.max(1, ...shown)] },
          },
        },
      },
      ...(noisy ? [apart] : []),
    ],
  });
  const noise = (width: number, axis: object) => ({
    width,
    height,
    data: { values: rows },
    mark: { type: "bar", color: LABEL_COLOURS.wrong, opacity: 0.7, height: { band: 0.6 } },
    encoding: {
      y: { ...y, ...axis },
      x: {
        field: "wrong_share",
        type: "quantitative",
        title: "wrong labels in the class",
        axis: { format: "%", tickCount: 4 },
      },
    },
  });
  return {
    name: "class-weights",
    title: "Weight of each class",
    caption: `The mean weight of all training examples that were given a class (ticks), heaviest class first${noisy ? "; of its right labels (blue) and its wrong ones (red) apart, beside the share of labels that are wrong" : ""}.`,
    table: "classes.csv",
    ...drawnBy((layout) => {
      const inWeights =
        layout === "wide"
          ? weights(380, "mean weight N·w in the last epoch (1 = uniform)")
          : weights(NARROW_CLASSES, "mean weight N·w, last epoch");
      if (!noisy) return inWeights;
      return layout === "wide"
        ? { hconcat: [inWeights, noise(180, { axis: null })], spacing: 44, bounds: "flush" }
        : { vconcat: [inWeights, noise(NARROW_CLASSES, {})] };
    }),
  };
}
