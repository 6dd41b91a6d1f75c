/** @file Comparison as an aligned table, Markdown or CSV. Pure. */

import { stringify } from "csv-stringify/sync";
import type { Comparison, Group } from "../../compare/groups.ts";
import { markdownTable, table } from "../../format.ts";
import { printable } from "../../printable.ts";
import type { Summary } from "../../statistics.ts";

/** Stands in documents for a number that cannot exist. */
const NONE = "–";

/** Mean and deviation: "12.34 ± 0.56", or the mean alone for one value. */
export function meanAndStd(summary: Summary | null, digits: number, scale = 1): string {
  if (summary === null) return NONE;
  const mean = (summary.mean * scale).toFixed(digits);
  return summary.std === null ? mean : `${mean} ± ${(summary.std * scale).toFixed(digits)}`;
}

/** Mean and deviation of a difference, always with a sign: "−1.20 ± 0.30". */
export function signedMeanAndStd(summary: Summary | null, digits: number, scale = 1): string {
  const text = meanAndStd(summary, digits, scale);
  return summary === null ? text : text.startsWith("-") ? text.replace("-", "−") : `+${text}`;
}

/** Difference in percentage points, with the number of pairs if some runs have no partner. */
function differenceText({ difference, baseline, seeds }: Group, baselines: readonly string[]): string {
  const text = signedMeanAndStd(difference, 2, 100);
  if (!difference) return text;
  const remarks = [
    ...(baselines.length > 1 ? [`to ${baseline}`] : []),
    ...(difference.n < seeds.length ? [`n = ${difference.n}`] : []),
  ];
  return remarks.length > 0 ? `${text} (${remarks.join(", ")})` : text;
}

function cells({ groups, varying, baselines }: Comparison): { head: string[]; rows: string[][] } {
  const named = baselines.length === 1 ? baselines[0] : "the strongest baseline";
  const against = baselines.length === 0 ? [] : [`vs ${named} (points)`];
  const byLoss = groups.some(({ aurocLoss }) => aurocLoss !== null) ? ["AUROC, loss"] : [];
  const byBleu = hasBleu(groups) ? [true] : [];
  const head = [
    "method",
    ...varying,
    "n",
    ...byBleu.map(() => "BLEU, last"),
    ...byBleu.map(() => "BLEU, best valid"),
    "error, last (%)",
    "best valid (%)",
    ...against,
    "AUROC",
    ...byLoss,
    "s/step",
  ];
  const rows = groups.map((group) => [
    group.method,
    ...varying.map((name) => setting(group, name)),
    String(group.seeds.length),
    ...byBleu.flatMap(() => [meanAndStd(group.bleuLast, 2), meanAndStd(group.bleuBestValidation, 2)]),
    meanAndStd(group.testErrorLast, 2, 100),
    meanAndStd(group.testErrorBestValidation, 2, 100),
    ...against.map(() => differenceText(group, baselines)),
    meanAndStd(group.auroc, 3),
    ...byLoss.map(() => meanAndStd(group.aurocLoss, 3)),
    meanAndStd(group.secondsPerStep, 3),
  ]);
  return { head, rows };
}

/** Whether anything was translated. */
const hasBleu = (groups: readonly Group[]): boolean => groups.some(({ bleuLast }) => bleuLast !== null);

const setting = ({ settings }: Group, name: string): string =>
  name in settings ? printable(String(settings[name])) : "";

/** Table for the terminal. */
export function comparisonTable(comparison: Comparison): string {
  const { head, rows } = cells(comparison);
  return table(
    head,
    rows.map((row) => row.map((cell) => (cell === NONE ? "" : cell))),
  );
}

/** Table in Markdown, for documents. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { head, rows } = cells(comparison);
  return markdownTable(head, rows);
}

/** CSV for programs: shares and seconds as numbers, unknown ones empty; no text that a spreadsheet would compute. */
export function comparisonCsv({ groups, varying, baselines }: Comparison): string {
  const measures = {
    ...(hasBleu(groups) ? ({ bleu_last: "bleuLast", bleu_best_validation: "bleuBestValidation" } as const) : {}),
    test_error_last: "testErrorLast",
    test_error_best_validation: "testErrorBestValidation",
    auroc: "auroc",
    auroc_loss: "aurocLoss",
    seconds_per_step: "secondsPerStep",
  } as const;
  const head = [
    "method",
    ...varying,
    "n",
    "seeds",
    ...Object.keys(measures).flatMap((name) => [`${name}_mean`, `${name}_std`]),
    ...(baselines.length === 0 ? [] : ["baseline", "difference_mean", "difference_std", "difference_n"]),
  ];
  const rows = groups.map((group) => [
    group.method,
    ...varying.map((name) => (typeof group.settings[name] === "number" ? group.settings[name] : setting(group, name))),
    group.seeds.length,
    group.seeds.join(" "),
    ...Object.values(measures).flatMap((key) => [group[key]?.mean ?? "", group[key]?.std ?? ""]),
    ...(baselines.length === 0
      ? []
      : [group.baseline, group.difference?.mean, group.difference?.std, group.difference?.n]),
  ]);
  return stringify([head, ...rows], { escape_formulas: true }).trimEnd();
}
