/**
 * @file Figures a, b and c of the paper's Figure 2: weight against loss, and the map of internal states by class and by
 * weight.
 */

import type { TopLevelSpec } from "vega-lite";
import type { Figure } from "./figure.ts";
import type { WeightRecord } from "./record.ts";
import { hasWrong } from "./record.ts";
import { LABEL_COLOURS, REFERENCE } from "./style.ts";
import { classRows, exampleRows } from "./tables.ts";

type Field = Readonly<Record<string, unknown>>;

const LOSS = {
  field: "loss",
  type: "quantitative",
  title: "loss of the given label (nats)",
  scale: { zero: false },
  axis: { tickCount: 8 },
} as const;
const WEIGHT = {
  field: "weight",
  type: "quantitative",
  title: "weight N·w (1 = uniform)",
  scale: { zero: false },
} as const;
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
        legend: { gradientLength: 200 },
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

/** Vega-Lite's types are too wide to help and too deep to compile quickly; tests check the specs by drawing them. */
const asSpec = (spec: object): TopLevelSpec => spec as TopLevelSpec;

export function scatterFigures(record: WeightRecord): Figure[] {
  const { sample, classes } = record;
  const values = exampleRows(sample, classes);
  const noisy = hasWrong(record);
  const table = "examples.csv";
  const count = sample.length.toLocaleString("en");
  const kinds = noisy ? { shape: SHAPE } : {};
  const map = { x: place("tsne_x"), y: place("tsne_y"), ...kinds };
  const point = { type: "point", filled: true } as const;
  const uniform = { data: { values: [{ weight: 1 }] }, mark: REFERENCE, encoding: { y: { datum: 1 } } };

  return [
    {
      name: "weight-loss",
      title: "Weight against loss",
      caption: `${count} training examples, coloured by the class they were given${noisy ? "; crosses are wrong labels" : ""}. The dashed line is the uniform weight.`,
      table,
      spec: asSpec({
        width: 460,
        height: 360,
        data: { values },
        layer: [
          {
            mark: { ...point, size: 16, opacity: 0.6 },
            encoding: { x: LOSS, y: WEIGHT, color: byClass(classes), ...kinds },
          },
          uniform,
        ],
      }),
    },
    panels(record, values, table),
    {
      name: "states-class",
      title: "Internal states by class",
      caption: `The same examples, by the t-SNE of what the teacher reads of them: the classifier's input I0. Neighbours look alike to the student.${noisy ? " A cross amid points of another colour: to the student the image does not look like its label." : ""}`,
      table,
      spec: asSpec({
        width: 460,
        height: 420,
        data: { values },
        mark: { ...point, size: 22, opacity: 0.75 },
        encoding: { ...map, color: byClass(classes) },
      }),
    },
    {
      name: "states-weight",
      title: "Internal states by weight",
      caption: "The same map: red examples weigh more than uniform, blue ones less.",
      table,
      spec: asSpec({
        width: 460,
        height: 420,
        data: { values },
        mark: { ...point, size: 22, opacity: 0.9 },
        encoding: { ...map, color: heat(sample.map(({ weight }) => weight)) },
      }),
    },
  ];
}

/** A colour scale: blue below 1, grey at 1, red above. It ends where 98 % of the weights are covered. */
function heat(weights: readonly number[]): Field {
  const far = weights.map((weight) => Math.abs(weight - 1)).sort((a, b) => a - b);
  // A narrower scale would show rounding.
  const reach = Math.max(far[Math.floor(far.length * 0.98)] ?? 0, 0.01);
  return {
    field: "weight",
    type: "quantitative",
    title: "weight N·w",
    scale: {
      domain: [1 - reach, 1 + reach],
      range: ["#2166ac", "#92c5de", "#dcdcdc", "#f4a582", "#b2182b"],
      clamp: true,
    },
    legend: { gradientLength: 200 },
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
    spec: asSpec({
      data: { values: values.filter((row) => shown.includes(row["given_class"] as string)) },
      facet: { field: "given_class", type: "nominal", sort: shown, header: { title: null } },
      columns: classes.length <= 4 ? 2 : few && classes.length % 5 === 0 ? 5 : 4,
      // Spacing independent of the titles: without a browser, the width of text is a guess, and too high.
      bounds: "flush",
      spacing: { column: 24, row: 34 },
      spec: {
        width: 150,
        height: 120,
        layer: [
          {
            mark: { type: "point", filled: true, size: 12, opacity: 0.6 },
            encoding: {
              x: { ...LOSS, title: "loss (nats)", axis: { tickCount: 4 } },
              y: { ...WEIGHT, title: "weight N·w", axis: { tickCount: 4 } },
              ...(noisy ? { color: LABEL } : { color: { value: LABEL_COLOURS.right } }),
            },
          },
          { data: { values: [{}] }, mark: REFERENCE, encoding: { y: { datum: 1 } } },
        ],
      },
    }),
  };
}
