/** @file Text on the progress of a run: the live display, and one line for a log. Pure. */

import type { RehearsalEvent, StartEvent, WeightSummary } from "../../train/events.ts";
import { bar, duration, fit, fixed, percent, thousands } from "../../format.ts";
import type { Colors } from "../io.ts";
import { plainColors } from "../io.ts";
import type { Progress } from "./progress-state.ts";
import { rehearsedSteps } from "./progress-state.ts";

/** Live display: two lines of at most `columns` characters, without counting colour codes. */
export function progressText(progress: Progress, columns: number, colors: Colors = plainColors): string {
  const { start, last, rehearsal } = progress;
  if (start && rehearsal) return rehearsalText(start, rehearsal, progress.eta, columns, colors);
  if (!start || !last) return "preparing…";
  const share = last.step / start.steps.total;
  const head = [
    `epoch ${last.epoch}/${start.config.epochs}`,
    `step ${thousands(last.step)}/${thousands(start.steps.total)}`,
    `${Math.floor(share * 100)} %`,
    progress.eta === null ? "" : `ETA ${duration(progress.eta)}`,
    progress.imagesPerSecond === null ? "" : `${Math.round(progress.imagesPerSecond)} img/s`,
  ];
  const tail = [
    `loss ${fixed(last.loss)}`,
    progress.validError === null ? "" : `valid error ${percent(progress.validError, 1)}`,
    last.weights.min === last.weights.max ? "" : `weights ${weightsText(last.weights)}`,
    progress.teacher ? `∥∇∥ ${progress.teacher.gradientNorm.toExponential(1)}` : "",
    progress.teacher?.drift ? `drift ${progress.teacher.drift.toExponential(0)}` : "",
  ];
  const first = fit(head, columns - 12);
  return `${colors.cyan(bar(share, 10))}  ${first}\n${colors.dim(fit(tail, columns))}`;
}

/** Progress over all rehearsals, in [0, 1]. */
export const rehearsedShare = (start: StartEvent, event: RehearsalEvent): number =>
  rehearsedSteps(start, event) / (start.rehearsals!.count * start.rehearsals!.steps);

/** Place in the rehearsals: "rehearsal 2/8  step 130/490". */
export const rehearsalPlace = ({ rehearsals }: StartEvent, { rehearsal, step }: RehearsalEvent): string[] => [
  `rehearsal ${rehearsal}/${rehearsals!.count}`,
  `step ${thousands(step)}/${thousands(rehearsals!.steps)}`,
];

function rehearsalText(
  start: StartEvent,
  event: RehearsalEvent,
  eta: number | null,
  columns: number,
  colors: Colors,
): string {
  const head = fit([...rehearsalPlace(start, event), eta === null ? "" : `ETA ${duration(eta)}`], columns - 12);
  return `${colors.cyan(bar(rehearsedShare(start, event), 10))}  ${head}\n${colors.dim(`loss ${fixed(event.loss)}`)}`;
}

/** Weight summary "0.02 [0.61 1.03 1.40] 2.10": minimum, quartiles and maximum of the reported weight. */
function weightsText({ min, q25, median, q75, max }: WeightSummary): string {
  const [least, low, middle, high, most] = [min, q25, median, q75, max].map((w) => w.toFixed(2));
  return `${least} [${low} ${middle} ${high}] ${most}`;
}

/** Periodic line for a log, between evaluations. */
export function stepText(progress: Progress): string {
  return progressText(progress, Infinity)
    .split("\n")
    .map((line) => line.replace(/^[█░]+ {2}/, ""))
    .join("  ");
}
