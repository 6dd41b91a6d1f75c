/** @file Training run, from settings to a folder of results. */

import { outputFolder, trainSchema } from "./config.ts";
import type { TrainConfig } from "./config.ts";
import type { RunResults, TrainHooks } from "./events.ts";
import { Loop } from "./loop/loop.ts";
import { RunFolder } from "./record/run-folder.ts";
import { readRecord } from "./record/run-record.ts";
import { prepareBatches, prepareData, prepareTrainer } from "./setup.ts";
import { adoptTeacher, originOf, teacherOf } from "./checkpoint/teacher-transfer.ts";

/**
 * Trains in this thread. Engines may block the thread for the length of a step: use `trainInThread` if the event loop
 * must stay free.
 * @throws ConfigError, DataError, CheckpointError, DivergedError
 */
export async function train(config: TrainConfig, hooks: TrainHooks = {}): Promise<RunResults> {
  const folder = new RunFolder(outputFolder(config), hooks.resume ?? false);
  // A resumed run has its teacher in its checkpoint.
  const teacher = hooks.resume ? undefined : teacherOf(config);
  const task = await prepareData(config, hooks.signal ? { signal: hooks.signal } : {});
  const batches = prepareBatches(config, task);
  const trainer = await prepareTrainer(config, task);
  // The record keeps the engine and the thread count behind `auto`, since another engine or count would round sums
  // differently in a resumed run.
  const { name, threads } = trainer.engine.identity;
  const settled = trainSchema.parse({ ...config, engine: name, threads });
  try {
    if (teacher) adoptTeacher(trainer, teacher, config, task.objective.classes ?? []);
    folder.create();
    const origin = hooks.resume ? readRecord(folder.path).teacherFrom : teacher && originOf(teacher);
    const loop = new Loop({ config: settled, task, batches, trainer }, folder, hooks, origin);
    if (hooks.resume) await loop.resume();
    return await loop.train();
  } finally {
    await trainer.close();
  }
}
