/** @file The tables behind the figures, and tables as CSV. */

import { stringify } from "csv-stringify/sync";
import type { Histogram, Mapped, Row, Weighed, WeightRecord } from "./record.ts";
import { verdictOn } from "./record.ts";
import { mean } from "../statistics.ts";

/** Rows as CSV, without text that a spreadsheet would compute. Numbers have six significant digits, more than float32 sums carry; integers are exact. */
export function toCsv(rows: readonly Row[]): string {
  const number = (x: number): string => String(Number.isInteger(x) ? x : Number(x.toPrecision(6)));
  return stringify(rows as Row[], { header: true, escape_formulas: true, cast: { number } });
}

/** One line per example of the sample: the data of figures a, b and c. */
export function exampleRows(sample: readonly Mapped[], classes: readonly string[]): Row[] {
  return sample.map(({ index, given, clean, loss, weight, lastWeight, meanWeight, x, y }) => ({
    index,
    given_label: given,
    given_class: classes[given]!,
    clean_label: clean,
    clean_class: clean === null ? null : classes[clean]!,
    label: verdictOn({ given, clean }),
    loss,
    weight,
    last_weight: lastWeight,
    mean_weight: meanWeight,
    tsne_x: x,
    tsne_y: y,
  }));
}

/** One line per epoch, kind of label and bin: the number of examples, and their share of their kind. */
export function histogramRows(histograms: readonly Histogram[]): Row[] {
  return histograms.flatMap(({ epoch, binWidth, clean, wrong, unknown = [] }) =>
    Object.entries({ right: clean, wrong, unknown }).flatMap(([label, counts]) => {
      const total = counts.reduce((a, b) => a + b, 0);
      if (total === 0) return [];
      return counts.map((count, i) => ({
        epoch,
        label,
        weight: Number((i * binWidth).toFixed(6)),
        examples: count,
        share: count / total,
      }));
    }),
  );
}

const meanOf = (examples: readonly Weighed[], weight: "lastWeight" | "meanWeight"): number | null => {
  const known = examples.flatMap((example) => example[weight] ?? []);
  return known.length > 0 ? mean(known) : null;
};

/** One line per given class: mean weights of all its training examples, of right and of wrong labels, and its noise. */
export function classRows({ training, classes }: Pick<WeightRecord, "training" | "classes">): Row[] {
  return classes.map((name, label) => {
    const all = training.filter(({ given }) => given === label);
    const right = all.filter(({ clean }) => clean === label);
    const wrong = all.filter(({ clean }) => clean !== null && clean !== label);
    const known = right.length + wrong.length;
    return {
      label,
      class: name,
      examples: all.length,
      wrong_share: known > 0 ? wrong.length / known : null,
      last_weight: meanOf(all, "lastWeight"),
      last_weight_right: meanOf(right, "lastWeight"),
      last_weight_wrong: meanOf(wrong, "lastWeight"),
      mean_weight: meanOf(all, "meanWeight"),
      mean_weight_right: meanOf(right, "meanWeight"),
      mean_weight_wrong: meanOf(wrong, "meanWeight"),
    };
  });
}
