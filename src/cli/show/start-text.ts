/** @file Text at the start of a run. Pure. */

import { methodOf } from "../../methods/methods.ts";
import type { StartEvent } from "../../train/events.ts";
import { counted, facts, percent, thousands } from "../../format.ts";

/** Overview of a run before its start, a line for each fact; remarks of a resume come last. */
export function startText(event: StartEvent): string {
  const { config, student, teacherParameters, steps, rehearsals, remarks = [] } = event;
  const origin = config.teacherFrom === undefined ? "" : ` from ${config.teacherFrom}`;
  const begun = config.studentFrom === undefined ? "" : ` from ${config.studentFrom},`;
  const learns = config.freezeTeacher ? ", frozen" : "";
  const teacher =
    teacherParameters > 0
      ? `, teacher with ${counted(teacherParameters, "parameter")}${origin}${learns}${largeTeacherText(event)}`
      : "";
  const resumed = steps.done > 0 ? `, resumed after ${thousands(steps.done)}` : "";
  return facts([
    ["run", `${event.folder} (${config.method}, seed ${config.seed})`],
    ["engine", engineText(event)],
    ["student", `${student.name}${begun} with ${counted(student.parameters, "parameter")}${teacher}`],
    ["data", dataText(event)],
    ["steps", `${thousands(steps.total)} in ${counted(config.epochs, "epoch")}${resumed}${afterText(rehearsals)}`],
    ...remarks.map((remark): [string, string] => ["note", remark]),
  ]);
}

/** Data of a run: "glyphs: 7,000 train (39.0 % of the labels wrong), 1,000 clean validation, 2,000 test". */
export function dataText({
  config,
  examples,
  noiseRate,
}: Pick<StartEvent, "config" | "examples" | "noiseRate">): string {
  const noise = noiseRate === null ? "noise unknown" : `${percent(noiseRate, 1)} of the labels wrong`;
  const { train, valid, trusted, test } = examples;
  const parts = [
    `${thousands(train)} train (${noise})`,
    ...(trusted === undefined ? [] : [`${thousands(trusted)} trusted, ${trustedText(config)}`]),
    ...(valid === 0 ? [] : [`${thousands(valid)} clean validation`]),
    test === 0 ? "no test" : `${thousands(test)} test`,
  ];
  return `${config.data}: ${parts.join(", ")}`;
}

/** What becomes of trusted examples that are trained on. */
function trustedText(config: StartEvent["config"]): string {
  const phases = methodOf(config.method).phases?.(config) ?? [];
  return phases.length > 0 && phases.every(({ share }) => share === 1) ? "trained on alone" : "trained on too";
}

/** Rehearsals before the real student: ", after 8 rehearsals of 490 steps". */
export function afterText(rehearsals: StartEvent["rehearsals"]): string {
  if (!rehearsals) return "";
  const { count, steps } = rehearsals;
  return `, after ${count === 1 ? "a rehearsal" : `${count} rehearsals`} of ${counted(steps, "step")}`;
}

/** Note on a teacher that is larger than its student; empty for others. */
export function largeTeacherText({
  student,
  teacherParameters,
}: Pick<StartEvent, "student" | "teacherParameters">): string {
  if (teacherParameters <= student.parameters) return "";
  return " (more than the student's: hidden layers are as wide as all features together. Smaller: --teacher mlp-0, or fewer --features)";
}

function engineText({ engine, note }: StartEvent): string {
  const { name, version, device, precision, threads } = engine;
  const where = device === "cpu" ? counted(threads, "thread") : device;
  return `${name} ${version}, ${precision}, ${where}${note === undefined ? "" : ` (${note})`}`;
}
