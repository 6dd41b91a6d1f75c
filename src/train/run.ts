/** @file Training run, from settings to a folder of results. */

import { refuseIfLocked } from "../folder-lock.ts";
import { methodOf } from "../methods/methods.ts";
import { checkCleanClasses } from "./clean-classes.ts";
import { outputFolder, trainSchema } from "./config.ts";
import type { TrainConfig } from "./config.ts";
import type { RunResults, TrainHooks } from "./events.ts";
import { Loop } from "./loop/loop.ts";
import type { Intent } from "./record/run-folder.ts";
import { RUN_LOCK, RunFolder } from "./record/run-folder.ts";
import { lengthsBefore, readRecord } from "./record/run-record.ts";
import { prepareBatches, prepareData, prepareTrainer } from "./setup.ts";
import { sameStudent, studentOf, studentOrigin } from "./checkpoint/student-file.ts";
import { adoptStudent } from "./checkpoint/student-start.ts";
import { adoptTeacher, originOf, teacherOf } from "./checkpoint/teacher-transfer.ts";
import { predicted } from "../tasks/task.ts";

const intentOf = ({ resume, overwrite }: TrainHooks): Intent => (resume ? "resume" : overwrite ? "overwrite" : "new");

/**
 * Trains in this thread. Engines may block the thread for the length of a step: use `trainInThread` if the event loop
 * must stay free.
 * @throws ConfigError, DataError, CheckpointError, DivergedError
 */
export async function train(config: TrainConfig, hooks: TrainHooks = {}): Promise<RunResults> {
  const folder = new RunFolder(outputFolder(config), intentOf(hooks));
  await refuseIfLocked(folder.path, RUN_LOCK);
  // A resumed run has its teacher and its student in its checkpoint.
  const teacher = hooks.resume ? undefined : teacherOf(config);
  const student = hooks.resume ? undefined : studentOf(config);
  const task = await prepareData(config, hooks.signal ? { signal: hooks.signal } : {});
  const batches = prepareBatches(config, task);
  checkCleanClasses(methodOf(config.method), task, config);
  const trainer = await prepareTrainer(config, task);
  // The record keeps the engine and the thread count behind `auto`, since another engine or count would round sums
  // differently in a resumed run.
  const { name, threads } = trainer.engine.identity;
  const settled = trainSchema.parse({ ...config, engine: name, threads });
  try {
    if (teacher) adoptTeacher(trainer, teacher, config, predicted(task));
    if (student) adoptStudent(trainer, student, config.student, task.hashes);
    const leftBy = await folder.open();
    const before = hooks.resume ? readRecord(folder.path) : undefined;
    const origin = before ? before.teacherFrom : teacher && originOf(teacher);
    const start = before ? before.studentFrom : student && studentOrigin(student);
    // The students of rehearsals are in no checkpoint before they begin.
    if (before && trainer.rehearser && config.studentFrom !== undefined)
      adoptStudent(trainer, sameStudent(config.studentFrom, start), config.student, task.hashes);
    const history = { teacherFrom: origin, studentFrom: start, lengthened: lengthsBefore(before, config.epochs) };
    const loop = new Loop({ config: settled, task, batches, trainer }, folder, hooks, history);
    if (before) await loop.resume(before);
    return await loop.train(leftBy);
  } finally {
    folder.close();
    task.close?.();
    await trainer.close();
  }
}
