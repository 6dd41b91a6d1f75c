/** @file Text at the start of a run. Pure. */

import type { StartEvent } from "../../train/events.ts";
import { facts, percent, thousands } from "../../format.ts";

/** Overview of a run before its start, a line for each fact; remarks of a resume come last. */
export function startText(event: StartEvent): string {
  const { config, student, teacherParameters, examples, noiseRate, steps, rehearsals, remarks = [] } = event;
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
    ...remarks.map((remark): [string, string] => ["note", remark]),
  ]);
}

/** Rehearsals before the real student: ", after 8 rehearsals of 490 steps". */
export function afterText(rehearsals: StartEvent["rehearsals"]): string {
  if (!rehearsals) return "";
  const { count, steps } = rehearsals;
  return `, after ${count === 1 ? "a rehearsal" : `${count} rehearsals`} of ${thousands(steps)} steps`;
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
  const where = device === "cpu" ? `${threads} thread${threads === 1 ? "" : "s"}` : device;
  return `${name} ${version}, ${precision}, ${where}${note === undefined ? "" : ` (${note})`}`;
}
