/** @file Events of a run → the lines that people read. Pure. */

import type {
  EvalEvent,
  RehearsalEvent,
  RehearsedEvent,
  RunResults,
  StartEvent,
  WeightSummary,
} from "../train/events.ts";
import { duration, facts, fixed, percent, thousands } from "./format.ts";
import type { Colors } from "./io.ts";
import { plainColors } from "./io.ts";
import type { Progress } from "./progress-state.ts";
import { rehearsedSteps } from "./progress-state.ts";

/** What a run is about to do: three lines. */
export function startText(event: StartEvent): string {
  const { config, student, teacherParameters, examples, noiseRate, steps, rehearsals } = event;
  const origin = config.teacherFrom === undefined ? "" : ` from ${config.teacherFrom}`;
  const learns = config.freezeTeacher ? ", frozen" : "";
  const teacher =
    teacherParameters > 0
      ? `, teacher with ${thousands(teacherParameters)} parameters${origin}${learns}${largeTeacherText(event)}`
      : "";
  const noise = noiseRate === null ? "noise unknown" : `${percent(noiseRate, 1)} of the labels wrong`;
  const resumed = steps.done > 0 ? `, resumed after ${thousands(steps.done)}` : "";
  return facts([
    ["run", `${event.folder} (${config.method}, seed ${config.seed})`],
    ["engine", engineText(event)],
    ["student", `${student.name} with ${thousands(student.parameters)} parameters${teacher}`],
    [
      "data",
      `${config.data}: ${thousands(examples.train)} train (${noise}), ${thousands(examples.valid)} clean validation, ${thousands(examples.test)} test`,
    ],
    ["steps", `${thousands(steps.total)} in ${config.epochs} epochs${resumed}${afterText(rehearsals)}`],
  ]);
}

/** ", after 8 rehearsals of 490 steps": what comes before the student that counts. */
export function afterText(rehearsals: StartEvent["rehearsals"]): string {
  if (!rehearsals) return "";
  const { count, steps } = rehearsals;
  return `, after ${count === 1 ? "a rehearsal" : `${count} rehearsals`} of ${thousands(steps)} steps`;
}

/** What to say of a teacher that is larger than its student; nothing of others. */
export function largeTeacherText({
  student,
  teacherParameters,
}: Pick<StartEvent, "student" | "teacherParameters">): string {
  if (teacherParameters <= student.parameters) return "";
  return " (more than the student's: hidden layers are as wide as all features together. Smaller: --teacher mlp-0, or fewer --features)";
}

function engineText({ engine, note }: StartEvent): string {
  const { name, version, device, precision, threads } = engine;
  const where = device === "cpu" ? `${threads} thread${threads === 1 ? "" : "s"}` : device;
  return `${name} ${version}, ${precision}, ${where}${note === undefined ? "" : ` (${note})`}`;
}

/** The live display: two lines of at most `columns` characters (colours aside). */
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
    `valid error ${percent(progress.validError, 1)}`,
    last.weights.min === last.weights.max ? "" : `weights ${weightsText(last.weights)}`,
    progress.teacher ? `∥∇∥ ${progress.teacher.gradientNorm.toExponential(1)}` : "",
  ];
  const first = fit(head, columns - 12);
  return `${colors.cyan(bar(share, 10))}  ${first}\n${colors.dim(fit(tail, columns))}`;
}

/** Of all rehearsals, how far they are. */
export const rehearsedShare = (start: StartEvent, event: RehearsalEvent): number =>
  rehearsedSteps(start, event) / (start.rehearsals!.count * start.rehearsals!.steps);

/** "rehearsal 2/8  step 130/490" */
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

/** A line for each rehearsal that is over, kept on the screen. */
export function rehearsedText({ rehearsal, facts: learnt }: RehearsedEvent, count: number): string {
  const numbers = Object.entries(learnt).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
  return [`rehearsal ${rehearsal}/${count}`, ...numbers].join("  ");
}

/** "0.02 [0.61 1.03 1.40] 2.10": least, quartiles and most, where 1 is the uniform weight. */
export function weightsText({ min, q25, median, q75, max }: WeightSummary): string {
  const [least, low, middle, high, most] = [min, q25, median, q75, max].map((w) => w.toFixed(2));
  return `${least} [${low} ${middle} ${high}] ${most}`;
}

/** Joins as many parts as fit. */
export function fit(parts: readonly string[], columns: number): string {
  let line = "";
  for (const part of parts.filter((text) => text !== "")) {
    const longer = line === "" ? part : `${line}  ${part}`;
    if (longer.length > columns) break;
    line = longer;
  }
  return line;
}

/** A bar of blocks, filled to a share. */
export function bar(share: number, width: number): string {
  const full = Math.max(0, Math.min(width, Math.round(share * width)));
  return "█".repeat(full) + "░".repeat(width - full);
}

/** A line for a log: now and then between evaluations. */
export function stepText(progress: Progress): string {
  return progressText(progress, Infinity)
    .split("\n")
    .map((line) => line.replace(/^[█░]+ {2}/, ""))
    .join("  ");
}

/** A line for each evaluation, kept on the screen. */
export function evalText(event: EvalEvent, epochs: number): string {
  const columns = [
    `epoch ${String(event.epoch).padStart(String(epochs).length)}/${epochs}`,
    `train loss ${fixed(event.trainLoss)}`,
    `valid error ${percent(event.validError)}`,
    `test error ${percent(event.testError)}`,
    `loss ${fixed(event.testLoss)}`,
  ];
  return columns.join("  ") + (event.best ? "  best so far" : "");
}

/** The end of a run, after an empty line. */
export function summaryText(folder: string, results: RunResults): string {
  const { testError, validError, weights } = results;
  const lines = facts([
    ["test error, last", percent(testError.last)],
    ["test error, best validation", `${percent(testError.bestValidation)} (validation ${percent(validError.best)})`],
    ["AUROC of wrong labels", `${fixed(weights.auroc)} (mean weight), ${fixed(weights.aurocLast)} (last weight)`],
    ["time", `${duration(results.wallSeconds)}, ${stepsText(results)}, ${stepTime(results)}`],
    ["folder", folder],
  ]);
  return `\n${lines}`;
}

/** "1,950 steps from 2,210 draws, 3,904 of rehearsals" */
export function stepsText({
  steps,
  draws,
  rehearsalSteps,
}: Pick<RunResults, "steps" | "draws" | "rehearsalSteps">): string {
  const drawn = draws > steps ? ` from ${thousands(draws)} draws` : "";
  return `${thousands(steps)} steps${drawn}${rehearsalSteps > 0 ? `, ${thousands(rehearsalSteps)} of rehearsals` : ""}`;
}

function stepTime({ secondsPerStep, secondsPerTeacherUpdate }: RunResults): string {
  const ms = (seconds: number | null): string => (seconds === null ? "–" : `${(seconds * 1000).toFixed(0)} ms`);
  const teacher = secondsPerTeacherUpdate === null ? "" : `, ${ms(secondsPerTeacherUpdate)} a teacher update`;
  return `${ms(secondsPerStep)} a step${teacher}`;
}
