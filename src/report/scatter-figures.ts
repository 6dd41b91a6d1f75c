/**
 * @file Figures a, b and c of the paper's Figure 2: weight against loss, and the map of internal states by class and by
 * weight.
 */

import type { Figure } from "./figure.ts";
import { drawnBy } from "./figure.ts";
import type { WeightRecord } from "./record.ts";
import { hasWrong } from "./record.ts";
import type { Layout } from "./style.ts";
import { LABEL_COLOURS, NARROW_WIDTH, REFERENCE } from "./style.ts";
import { classRows, exampleRows } from "./tables.ts";
import { allAlike, weightDomain } from "./weight-scale.ts";

type Field = Readonly<Record<string, unknown>>;

const LOSS = {
  field: "loss",
  type: "quantitative",
  title: "loss of the given label (nats)",
  scale: { zero: false },
  axis: { tickCount: 8 },
} as const;
const weightOn = (domain: readonly number[], title: string): Field => ({
  field: "weight",
  type: "quantitative",
  title,
  scale: { domain },
});
/** A map's axes have no unit; only neighbourhoods of points have a meaning. */
const place = (field: "tsne_x" | "tsne_y"): Field => ({
  field,
  type: "quantitative",
  title: `t-SNE ${field === "tsne_x" ? 1 : 2} (no unit)`,
  axis: { grid: false, labels: false, ticks: false, titlePadding: 6 },
  scale: { zero: false },
});

/** More classes than this get a scale of colours instead of one colour each. */
const MOST_COLOURS = 20;
const PANELS = 12;

const byClass = (classes: readonly string[]): Field =>
  classes.length <= MOST_COLOURS
    ? {
        field: "given_class",
        type: "nominal",
        title: "given class",
        sort: classes,
        scale: { domain: classes, scheme: classes.length <= 10 ? "tableau10" : "tableau20" },
      }
    : {
        field: "given_label",
        type: "quantitative",
        title: "given class (its number)",
        scale: { domain: [0, classes.length - 1], scheme: "rainbow" },
        legend: { gradientLength: 150 },
      };

const LABEL: Field = {
  field: "label",
  type: "nominal",
  title: "given label",
  scale: { domain: Object.keys(LABEL_COLOURS), range: Object.values(LABEL_COLOURS) },
};

/** Wrong labels are crosses. */
const SHAPE: Field = {
  field: "label",
  type: "nominal",
  title: "given label",
  scale: { domain: ["right", "wrong"], range: ["circle", "cross"] },
};

/** Without those of weights if all weights are alike. */
export function scatterFigures(record: WeightRecord): Figure[] {
  const { sample, classes } = record;
  const values = exampleRows(sample, classes);
  const noisy = hasWrong(record);
  const table = "examples.csv";
  const count = sample.length.toLocaleString("en");
  const domain = weightDomain(record);
  const kinds = noisy ? { shape: SHAPE } : {};
  const map = { x: place("tsne_x"), y: place("tsne_y"), ...kinds };
  const point = { type: "point", filled: true } as const;
  const uniform = { data: { values: [{ weight: 1 }] }, mark: REFERENCE, encoding: { y: { datum: 1 } } };
  const size = (layout: Layout, height: number) =>
    layout === "wide" ? { width: 460, height } : { width: NARROW_WIDTH, height: NARROW_WIDTH };

  const weightLoss: Figure = {
    name: "weight-loss",
    title: "Weight against loss",
    caption: `${count} training examples, coloured by the class they were given${noisy ? "; crosses are wrong labels" : ""}. The dashed line is the uniform weight.`,
    table,
    ...drawnBy((layout) => ({
      ...size(layout, 360),
      data: { values },
      layer: [
        {
          mark: { ...point, size: 16, opacity: 0.6 },
          encoding: {
            x: LOSS,
            y: weightOn(domain, "weight N·w (1 = uniform)"),
            color: byClass(classes),
            ...kinds,
          },
        },
        uniform,
      ],
    })),
  };
  const statesClass: Figure = {
    name: "states-class",
    title: "Internal states by class",
    caption: `${allAlike(record) ? `${count} training examples` : "The same examples"}, by the t-SNE of what the teacher reads of them: the classifier's input I0. Neighbours look alike to the student.${noisy ? " A cross amid points of another colour: to the student the image does not look like its label." : ""}`,
    table,
    ...drawnBy((layout) => ({
      ...size(layout, 420),
      data: { values },
      mark: { ...point, size: 22, opacity: 0.75 },
      encoding: { ...map, color: byClass(classes) },
    })),
  };
  const statesWeight: Figure = {
    name: "states-weight",
    title: "Internal states by weight",
    caption:
      domain[1] > 1
        ? "The same map: red examples weigh more than uniform, blue ones less."
        : "The same map: the bluer an example, the less it weighs. None weighs more than uniform.",
    table,
    ...drawnBy((layout) => ({
      ...size(layout, 420),
      data: { values },
      mark: { ...point, size: 22, opacity: 0.9 },
      encoding: {
        ...map,
        color: heat(
          sample.map(({ weight }) => weight),
          domain[1],
        ),
      },
    })),
  };
  if (allAlike(record)) return [statesClass];
  return [weightLoss, panels(record, values, table), statesClass, statesWeight];
}

/** The colours of a scale: less than uniform, uniform, more. */
const LESS = ["#2166ac", "#92c5de"];
const SAME = "#dcdcdc";
const MORE = ["#f4a582", "#b2182b"];

/**
 * A colour scale: blue below 1, grey at 1, red above. It ends at 0 and 1 for weights that lie there, else where 98 % of
 * the weights are covered, but no nearer to 1 than a quarter.
 * @param most upper end of the weights
 */
function heat(weights: readonly number[], most: number): Field {
  const far = weights.map((weight) => Math.abs(weight - 1)).sort((a, b) => a - b);
  const reach = Math.min(1, Math.max(far[Math.floor(far.length * 0.98)] ?? 0, 0.25));
  return {
    field: "weight",
    type: "quantitative",
    title: "weight N·w",
    scale:
      most > 1
        ? { domain: [1 - reach, 1 + reach], range: [...LESS, SAME, ...MORE], clamp: true }
        : { domain: [0, 1], range: [...LESS, SAME] },
    legend: { gradientLength: 150 },
  };
}

/** Weight against loss, a panel per class; of many classes, those with the lowest and highest weights. */
function panels(record: WeightRecord, values: readonly Field[], table: string): Figure {
  const { classes } = record;
  const few = classes.length <= PANELS;
  const order = classRows(record)
    .filter((row) => row["last_weight"] !== null)
    .sort((a, b) => Number(a["last_weight"]) - Number(b["last_weight"]))
    .map((row) => String(row["class"]));
  const shown = few ? classes : [...order.slice(0, PANELS / 2), ...order.slice(-PANELS / 2)];
  const noisy = hasWrong(record);
  return {
    name: "weight-loss-classes",
    title: "Weight against loss, class by class",
    caption: `${few ? "One panel for each given class" : `The ${PANELS / 2} given classes that weigh least, and the ${PANELS / 2} that weigh most`}, all on the same axes.`,
    table,
    ...drawnBy((layout) => ({
      data: { values: values.filter((row) => shown.includes(row["given_class"] as string)) },
      facet: { field: "given_class", type: "nominal", sort: shown, header: { title: null } },
      columns: layout === "narrow" || classes.length <= 4 ? 2 : few && classes.length % 5 === 0 ? 5 : 4,
      // Spacing independent of the titles: without a browser, the width of text is a guess, and too high.
      bounds: "flush",
      spacing: { column: 24, row: 34 },
      spec: {
        width: layout === "narrow" ? 120 : 150,
        height: 120,
        layer: [
          {
            mark: { type: "point", filled: true, size: 12, opacity: 0.6 },
            encoding: {
              x: { ...LOSS, title: "loss (nats)", axis: { tickCount: 4 } },
              y: { ...weightOn(weightDomain(record), "weight N·w"), axis: { tickCount: 4 } },
              ...(noisy ? { color: LABEL } : { color: { value: LABEL_COLOURS.right } }),
            },
          },
          { data: { values: [{}] }, mark: REFERENCE, encoding: { y: { datum: 1 } } },
        ],
      },
    })),
  };
}
