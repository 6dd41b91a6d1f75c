/** @file Output of `reweight train --dry-run`. Pure. */

import type { TrainConfig } from "../../train/config.ts";
import { outputFolder } from "../../train/config.ts";
import type { Estimate } from "../../train/trial/estimate.ts";
import { afterText, dataText, largeTeacherText } from "./start-text.ts";
import { bytes, counted, duration, facts, fixed, table, thousands } from "../../format.ts";

/** Facts of the run, then its arrays. */
export function estimateText(config: TrainConfig, estimate: Estimate): string {
  const { student, teacherParameters, steps, secondsPerStep, secondsPerTeacherUpdate } = estimate;
  const { selection } = estimate;
  const teacher = steps.teacherUpdates > 0;
  const head = facts([
    ["student", `${student.name} with ${counted(student.parameters, "parameter")}`],
    ...(teacherParameters > 0
      ? [["teacher", `${counted(teacherParameters, "parameter")}${largeTeacherText(estimate)}`] as const]
      : []),
    ["data", dataText({ config, ...estimate })],
    [
      "steps",
      `${thousands(steps.total)} = ${counted(config.epochs, "epoch")} of ${thousands(steps.perEpoch)}` +
        (teacher ? `, ${counted(steps.teacherUpdates, "teacher update")}` : "") +
        afterText(estimate.rehearsals),
    ],
    [
      "a step",
      `${duration(secondsPerStep)} measured, ${fixed(estimate.gigaflopsPerStep, 1)} GFLOP, ` +
        `${fixed(estimate.gigaflopsPerStep / secondsPerStep, 0)} GFLOP/s`,
    ],
    ...(selection
      ? [
          [
            "a draw",
            `${duration(selection.secondsPerDraw)} measured, ${fixed(selection.drawsPerStep, 2)} for a step`,
          ] as const,
        ]
      : []),
    ...(teacher ? [["a teacher update", `${duration(secondsPerTeacherUpdate)} measured`] as const] : []),
    ["the whole run", `about ${duration(estimate.totalSeconds)}, and the evaluations`],
    ["memory", `${bytes(estimate.peakRssBytes)} at its peak in the trial`],
    ["folder", `${outputFolder(config)} (nothing was written)`],
  ]);
  const rows = estimate.arrays.map(({ name, shape }) => [
    name,
    `[${shape.join(", ")}]`,
    thousands(shape.reduce((a, b) => a * b, 1)),
  ]);
  const warnings = estimate.warnings.map((text) => `warning  ${text}\n`).join("");
  return `${head}\n${warnings}\n${table(["array", "shape", "parameters"], rows)}`;
}
