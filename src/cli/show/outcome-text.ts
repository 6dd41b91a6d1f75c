/** @file Text on the outcome of a run: lines for rehearsals and evaluations, and a summary. Pure. */

import type { Colors } from "../io.ts";
import { plainColors } from "../io.ts";
import type { EvalEvent, RehearsedEvent, RunResults, WarningEvent } from "../../train/events.ts";
import { duration, facts, fixed, percent, thousands } from "../../format.ts";

/** Permanent line for a finished rehearsal. */
export function rehearsedText({ rehearsal, facts: learnt }: RehearsedEvent, count: number): string {
  const numbers = Object.entries(learnt).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
  return [`rehearsal ${rehearsal}/${count}`, ...numbers].join("  ");
}

/** Permanent line for an evaluation. */
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

/** Permanent line for a warning. */
export const warningText = ({ step, text }: WarningEvent, colors: Colors = plainColors): string =>
  `${colors.yellow("warning")}  ${step > 0 ? `step ${thousands(step)}: ` : ""}${text}`;

/** Summary of a run, after an empty line. */
export function summaryText(folder: string, results: RunResults): string {
  const { testError, validError } = results;
  const lines = facts([
    ["test error, last", percent(testError.last)],
    ["test error, best validation", `${percent(testError.bestValidation)} (validation ${percent(validError.best)})`],
    ...detectorFacts(results),
    ...teacherFacts(results),
    ["time", `${duration(results.wallSeconds)}, ${stepsText(results)}, ${stepTime(results)}`],
    ["folder", folder],
  ]);
  return `\n${lines}`;
}

/** How well wrong labels are found; nothing where they are unknown. */
function detectorFacts({ weights, losses, rankedBy }: RunResults): [string, string][] {
  const found = [
    [weights.auroc, "mean weight"],
    [weights.aurocLast, "last weight"],
    [losses.auroc, "the student's loss"],
  ].flatMap(([auroc, name]) => (typeof auroc === "number" ? [`${fixed(auroc)} (${name})`] : []));
  const ranking = rankedBy === "loss" ? "the student's loss, since the method weighs all alike" : "mean weight";
  return [
    ...(found.length > 0 ? [["AUROC of wrong labels", found.join(", ")] as [string, string]] : []),
    ["weights.csv", `ranked by ${ranking}`],
  ];
}

/** What the teacher did; nothing for a method without one. */
function teacherFacts({ teacherUpdates, largestDrift }: RunResults): [string, string][] {
  if (teacherUpdates === 0) return [];
  const drift = largestDrift === null ? "" : `, reversal drifted by at most ${largestDrift.toExponential(1)}`;
  return [["teacher", `${thousands(teacherUpdates)} ${teacherUpdates === 1 ? "update" : "updates"}${drift}`]];
}

/** Step counts: "1,950 steps from 2,210 draws, 3,904 of rehearsals". */
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
