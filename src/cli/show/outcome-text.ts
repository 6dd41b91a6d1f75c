/** @file Text on the outcome of a run: lines for rehearsals and evaluations, and a summary. Pure. */

import type { Colors } from "../io.ts";
import { plainColors } from "../io.ts";
import type { EvalEvent, RehearsedEvent, RunResults, WarningEvent } from "../../train/events.ts";
import { counted, duration, facts, fixed, percent, thousands } from "../../format.ts";

/** Permanent line for a finished rehearsal. */
export function rehearsedText({ rehearsal, facts: learnt }: RehearsedEvent, count: number): string {
  const numbers = Object.entries(learnt).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
  return [`rehearsal ${rehearsal}/${count}`, ...numbers].join("  ");
}

/** Permanent line for an evaluation. */
export function evalText(event: EvalEvent, epochs: number): string {
  const { validError, validLoss, testError, testLoss } = event;
  const columns = [
    `epoch ${String(event.epoch).padStart(String(epochs).length)}/${epochs}`,
    `train loss ${fixed(event.trainLoss)}`,
    ...(validError === null ? [] : [`valid error ${percent(validError)}`]),
    ...(validLoss === null ? [] : [`valid loss ${fixed(validLoss)}`]),
    ...(testError === undefined ? [] : [`test error ${percent(testError)}`]),
    ...(testLoss === undefined ? [] : [`test loss ${fixed(testLoss)}`]),
    ...bleuColumn("valid", event.validBleu),
    ...bleuColumn("test", event.testBleu),
    // Without validation the last student always counts as the best.
    ...(event.best && validError !== null ? ["best so far"] : []),
  ];
  return columns.join("  ");
}

const bleuColumn = (part: string, bleu: number | undefined): string[] =>
  bleu === undefined ? [] : [`${part} BLEU ${bleu.toFixed(2)}`];

/** Permanent line for a warning. */
export const warningText = ({ step, text }: WarningEvent, colors: Colors = plainColors): string =>
  `${colors.yellow("warning")}  ${step > 0 ? `step ${thousands(step)}: ` : ""}${text}`;

/** Summary of a run, after an empty line. Numbers that the run does not have are left out. */
export function summaryText(folder: string, results: RunResults): string {
  const lines = facts([
    ...bleuFacts(results),
    ...testedFacts(results),
    ...detectorFacts(results),
    ...teacherFacts(results),
    ["time", [duration(results.wallSeconds), stepsText(results), ...stepTimes(results)].join(", ")],
    ["folder", folder],
  ]);
  return `\n${lines}`;
}

type Facts = (readonly [name: string, value: string])[];

/** BLEU of the test pairs; nothing where none were translated. */
const bleuFacts = ({ bleu, validError }: RunResults): Facts =>
  [
    ["BLEU, last", bleu?.last],
    ["BLEU, best validation", validError.best === null ? null : bleu?.bestValidation],
  ].flatMap(([name, points]) => (typeof points === "number" ? [[String(name), points.toFixed(2)] as const] : []));

function testedFacts({ finished, testError, testLoss, validError }: RunResults): Facts {
  const best =
    testError.bestValidation !== null
      ? percent(testError.bestValidation)
      : finished && testError.last !== null
        ? "unknown, because checkpoint/best.safetensors could not be read"
        : undefined;
  return [
    ...(testError.last === null ? [] : ([["test error, last", percent(testError.last)]] as const)),
    ...(best === undefined || validError.best === null
      ? []
      : ([["test error, best validation", `${best} (validation ${percent(validError.best)})`]] as const)),
    ...(finished && testError.last === null && validError.best !== null
      ? ([["validation error, best", `${percent(validError.best)}; there are no test examples`]] as const)
      : []),
    ...(testLoss.last === null ? [] : ([["test loss, last", fixed(testLoss.last)]] as const)),
  ];
}

/** How well wrong labels are found; nothing where they are unknown. */
function detectorFacts({ weights, losses, rankedBy, knownLabels }: RunResults): Facts {
  const found = [
    [weights.auroc, "mean weight"],
    [weights.aurocLast, "last weight"],
    [losses.auroc, "the student's loss"],
  ].flatMap(([auroc, name]) => (typeof auroc === "number" ? [`${fixed(auroc)} (${name})`] : []));
  const over =
    knownLabels === undefined ? "" : `; over the ${thousands(knownLabels)} examples whose right label is known`;
  const ranking = rankedBy === "loss" ? "the student's loss, since the method weighs all alike" : "mean weight";
  return [
    ...(found.length > 0 ? ([["AUROC of wrong labels", found.join(", ") + over]] as const) : []),
    ["weights.csv", `ranked by ${ranking}`],
  ];
}

/** What the teacher did; nothing for a method without one. */
function teacherFacts({ teacherUpdates, largestDrift }: RunResults): Facts {
  if (teacherUpdates === 0) return [];
  const drift = largestDrift === null ? "" : `, reversal drifted by at most ${largestDrift.toExponential(1)}`;
  return [["teacher", `${counted(teacherUpdates, "update")}${drift}`]];
}

/** Step counts: "1,950 steps from 2,210 draws, 3,904 of rehearsals". */
export function stepsText({
  steps,
  draws,
  rehearsalSteps,
}: Pick<RunResults, "steps" | "draws" | "rehearsalSteps">): string {
  const drawn = draws > steps ? ` from ${counted(draws, "draw")}` : "";
  return `${counted(steps, "step")}${drawn}${rehearsalSteps > 0 ? `, ${thousands(rehearsalSteps)} of rehearsals` : ""}`;
}

/** Times of this session: of a student step, and of a teacher update. */
function stepTimes({ secondsPerStep, secondsPerTeacherUpdate }: RunResults): string[] {
  const ms = (seconds: number | null, unit: string): string[] =>
    seconds === null ? [] : [`${(seconds * 1000).toFixed(0)} ms ${unit}`];
  return [...ms(secondsPerStep, "a step"), ...ms(secondsPerTeacherUpdate, "a teacher update")];
}
