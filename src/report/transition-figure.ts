/** @file The label transition matrix that a method has learnt, beside the real one. */

import type { Figure } from "./figure.ts";
import { drawnBy } from "./figure.ts";
import type { Row, WeightRecord } from "./record.ts";
import { hasWrong } from "./record.ts";
import { LABEL_COLOURS, NARROW_WIDTH } from "./style.ts";

/** With more classes than this, numbers in the cells would overlap. */
const NUMBERED = 20;

const KINDS = ["learnt", "real"] as const;

/** One row per true class and given label, with the learnt and the real share; the latter is null if not known. */
export function transitionRows(record: WeightRecord): Row[] {
  const { classes, training, transitions = [] } = record;
  const noisy = hasWrong(record);
  const counts = classes.map(() => classes.map(() => 0));
  for (const { clean, given } of training) if (clean !== null) counts[clean]![given]! += 1;
  const totals = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  return transitions.flatMap((row, c) =>
    row.map((learnt, j) => ({
      true_class: classes[c]!,
      given_label: classes[j]!,
      learnt,
      real: noisy && totals[c]! > 0 ? counts[c]![j]! / totals[c]! : null,
    })),
  );
}

/** Mean over true classes of Σⱼ |learnt − real|, in [0, 2]; null if the real shares are not known. */
export function transitionError(rows: readonly Row[]): number | null {
  const known = rows.filter(({ real }) => real !== null);
  const classes = new Set(known.map((row) => row["true_class"])).size;
  const total = known.reduce((sum, { learnt, real }) => sum + Math.abs(Number(learnt) - Number(real)), 0);
  return classes === 0 ? null : total / classes;
}

/** No figures for a method that learns no transition matrix. */
export function transitionFigures(record: WeightRecord): Figure[] {
  const { classes, transitions } = record;
  if (!transitions) return [];
  const rows = transitionRows(record);
  const fields = KINDS.flatMap((kind) =>
    rows.filter((row) => row[kind] !== null).map((row) => ({ ...row, panel: kind, share: row[kind] ?? null })),
  );
  const numbered = classes.length <= NUMBERED;
  const axis = !numbered ? { labels: false, ticks: false } : { labelAngle: -45 };
  const x = { field: "given_label", type: "nominal", sort: classes, title: "given label", axis };
  const y = {
    field: "true_class",
    type: "nominal",
    sort: classes,
    title: "true class",
    axis: { ...axis, labelAngle: 0 },
  };
  const colour = {
    field: "share",
    type: "quantitative",
    title: "share of the true class",
    scale: { domain: [0, 1], range: ["#ffffff", LABEL_COLOURS.right], interpolate: "rgb" },
    legend: { format: "%" },
  };
  const numbers = {
    mark: { type: "text", fontSize: 10 },
    encoding: {
      x,
      y,
      text: { field: "share", type: "quantitative", format: ".2f" },
      color: { condition: { test: "datum.share > 0.8", value: "#ffffff" }, value: "#333333" },
      opacity: { condition: { test: "datum.share >= 0.005", value: 1 }, value: 0 },
    },
  };
  return [
    {
      name: "transitions",
      title: "How labels go wrong",
      caption: `What share of each true class (row) bears each label (column), as the method has learnt it from clean examples and given labels${hasWrong(record) ? ", and as it is among the training examples, which the method cannot know" : ""}. The diagonal is right.`,
      table: "transitions.csv",
      ...drawnBy((layout) => {
        const step = layout === "wide" ? (numbered ? 34 : 6) : Math.min(22, NARROW_WIDTH / classes.length);
        return {
          data: { values: fields },
          facet: { field: "panel", type: "nominal", sort: [...KINDS], header: { title: null } },
          columns: layout === "wide" ? KINDS.length : 1,
          spacing: 24,
          spec: {
            width: { step },
            height: { step },
            layer: [
              { mark: { type: "rect" }, encoding: { x, y, color: colour } },
              ...(numbered && step >= 22 ? [numbers] : []),
            ],
          },
        };
      }),
    },
  ];
}
