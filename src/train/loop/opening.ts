/** @file What a session tells before its first step: the run that starts, and what its user may not expect. */

import { methodOf } from "../../methods/methods.ts";
import { missingClassesText } from "../clean-classes.ts";
import type { ExampleCounts, StartEvent, WarningEvent } from "../events.ts";
import type { Task } from "../../tasks/task.ts";
import { idleTeacherText, lengthenedText, updatesIn } from "../schedule.ts";
import type { RunParts } from "../setup.ts";

/** What a run's event of its start holds beside the run itself. */
export type Opening = Pick<StartEvent, "folder" | "student" | "rehearsals"> & {
  /** Student steps done, and in all. */
  readonly done: number;
  readonly total: number;
  readonly remarks: readonly string[];
};

/** Examples in each part. */
export const countsOf = ({ train, valid, trusted, test }: Task["parts"]): ExampleCounts => ({
  train: train.count,
  valid: valid.count,
  ...(trusted.count > 0 ? { trusted: trusted.count } : {}),
  test: test.count,
});

export function startEvent({ config, task, batches, trainer }: RunParts, opening: Opening): StartEvent {
  const { folder, student, rehearsals, done, total, remarks } = opening;
  return {
    type: "start",
    folder,
    config,
    engine: trainer.engine.identity,
    ...(trainer.engine.note === undefined ? {} : { note: trainer.engine.note }),
    student,
    teacherParameters: trainer.problem.teacherParameters,
    examples: countsOf(task.parts),
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
  const method = methodOf(config.method);
  const idle = timing && updatesIn(totalSteps, timing) === 0 ? idleTeacherText(timing.every, totalSteps) : undefined;
  const longer =
    lengthenedFrom === undefined ? undefined : lengthenedText(lengthenedFrom, config.epochs, "phases" in method);
  const trains = method.trusted === "always" ? missingClassesText(task, task.parts.trusted) : undefined;
  const missing = timing ? missingClassesText(task) : trains;
  const all = [
    ["teacher", idle],
    ["schedule", longer],
    ["classes", missing],
  ] as const;
  return all.flatMap(([about, text]) => (text === undefined ? [] : [{ about, text }]));
}
