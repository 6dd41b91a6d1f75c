/** @file What a session tells before its first step: the run that starts, and what its user may not expect. */

import { missingClassesText } from "../clean-classes.ts";
import type { StartEvent, WarningEvent } from "../events.ts";
import { idleTeacherText, lengthenedText, updatesIn } from "../schedule.ts";
import type { RunParts } from "../setup.ts";

/** What a run's event of its start holds beside the run itself. */
export type Opening = Pick<StartEvent, "folder" | "student" | "rehearsals"> & {
  /** Student steps done, and in all. */
  readonly done: number;
  readonly total: number;
  readonly remarks: readonly string[];
};

export function startEvent({ config, task, batches, trainer }: RunParts, opening: Opening): StartEvent {
  const { folder, student, rehearsals, done, total, remarks } = opening;
  const { train, valid, test } = task.parts;
  return {
    type: "start",
    folder,
    config,
    engine: trainer.engine.identity,
    ...(trainer.engine.note === undefined ? {} : { note: trainer.engine.note }),
    student,
    teacherParameters: trainer.problem.teacherParameters,
    examples: { train: train.count, valid: valid.count, test: test.count },
    noiseRate: task.noise.rate,
    steps: { done, perEpoch: batches.stepsPerPass, total },
    ...(rehearsals ? { rehearsals } : {}),
    ...(remarks.length > 0 ? { remarks } : {}),
  };
}

/** @param lengthenedFrom epochs of the run until this session, if that makes it longer */
export function openingWarnings(
  { config, task, trainer }: RunParts,
  totalSteps: number,
  lengthenedFrom: number | undefined,
): Pick<WarningEvent, "about" | "text">[] {
  const { timing } = trainer.learner ?? {};
  const idle = timing && updatesIn(totalSteps, timing) === 0 ? idleTeacherText(timing.every, totalSteps) : undefined;
  const longer = lengthenedFrom === undefined ? undefined : lengthenedText(lengthenedFrom, config.epochs);
  const missing = timing && missingClassesText(task);
  const all = [
    ["teacher", idle],
    ["schedule", longer],
    ["classes", missing],
  ] as const;
  return all.flatMap(([about, text]) => (text === undefined ? [] : [{ about, text }]));
}
