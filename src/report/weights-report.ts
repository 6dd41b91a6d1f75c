/** @file The report on a run's weights, as files by name: the paper's Figure 2, and more. */

import { canDrawText, toPng, toSvg } from "./figure.ts";
import type { PageFigure } from "./page.ts";
import { renderPage } from "./page.ts";
import type { WeightRecord } from "./record.ts";
import { scatterFigures } from "./scatter-figures.ts";
import { rankCorrelation, varianceBetween } from "../statistics.ts";
import { classFigure, histogramFigure } from "./summary-figures.ts";
import { transitionError, transitionFigures, transitionRows } from "./transition-figure.ts";
import { classRows, exampleRows, histogramRows, toCsv } from "./tables.ts";
import { allAlike } from "./weight-scale.ts";

/** Pairs of a name and a value, as the page lists them. */
export type Facts = readonly (readonly [name: string, value: string])[];

/** The files of a report, by name, and its findings. */
export interface WeightsReport {
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** The figures' findings as numbers. */
  readonly findings: Facts;
  /** Whether there are PNGs; a machine without fonts makes none. */
  readonly png: boolean;
}

/** @param facts facts about the run for the page */
export async function weightsReport(record: WeightRecord, title: string, facts: Facts): Promise<WeightsReport> {
  const figures = [
    ...scatterFigures(record),
    ...(allAlike(record) ? [] : [histogramFigure(record), classFigure(record)]),
    ...transitionFigures(record),
  ];
  const files = new Map<string, string | Uint8Array>();
  const shown: PageFigure[] = [];
  const png = canDrawText();
  for (const { name, title: heading, caption, table, spec, narrow } of figures) {
    const svg = await toSvg(spec);
    files.set(`${name}.svg`, svg);
    if (png) files.set(`${name}.png`, toPng(svg));
    shown.push({ name, title: heading, caption, table, svg, narrow: await toSvg(narrow, "narrow") });
  }
  files.set("examples.csv", toCsv(exampleRows(record.sample, record.classes)));
  files.set("weights-by-epoch.csv", toCsv(histogramRows(record.histograms)));
  files.set("classes.csv", toCsv(classRows(record)));
  const transitions = transitionRows(record);
  if (transitions.length > 0) files.set("transitions.csv", toCsv(transitions));
  const findings = findingsOf(record, transitionError(transitions));
  files.set("index.html", renderPage({ title, facts: [...facts, ...findings], figures: shown, png }));
  return { files, findings, png };
}

/**
 * The paper's two questions about Figure 2: whether weights follow the loss, and whether they follow the class.
 * @param error error of the learnt transition matrix; null if it is not known
 */
function findingsOf(record: WeightRecord, error: number | null): Facts {
  if (allAlike(record)) return [["weight follows", "nothing: all weights are alike, so no figure shows them"]];
  const { sample } = record;
  const weights = sample.map(({ weight }) => weight);
  const correlation = rankCorrelation(
    weights,
    sample.map(({ loss }) => loss),
  );
  const share = varianceBetween(
    weights,
    sample.map(({ given }) => given),
  );
  return [
    ...(correlation === null
      ? []
      : [["weight follows loss", `rank correlation ${correlation.toFixed(3)} (Spearman)`] as const]),
    ...(share === null
      ? []
      : [["weight follows class", `${(100 * share).toFixed(1)} % of its variance is between given classes`] as const]),
    ...(error === null
      ? []
      : [["how labels go wrong", `learnt to ${error.toFixed(3)} (Σ |learnt − real| of a class, mean)`] as const]),
  ];
}
