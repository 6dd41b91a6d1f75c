/** @file Loading a trained student from a run's folder. */

import { EngineError } from "../../errors.ts";
import type { Batches } from "../../tasks/batches.ts";
import type { Task } from "../../tasks/task.ts";
import type { CheckpointName } from "../checkpoint/checkpoint.ts";
import type { TrainConfig } from "../config.ts";
import type { Progress } from "../progress.ts";
import { loadCheckpoint } from "../checkpoint/checkpoint.ts";
import { identitiesOf } from "../checkpoint/identity.ts";
import { readRecord } from "../record/run-record.ts";
import { prepareBatches, prepareData, prepareTrainer } from "../setup.ts";
import { FOR_USE, importArrays } from "../checkpoint/arrays.ts";
import type { Tensor } from "../../tensor.ts";
import type { Trainer } from "../step/trainer.ts";

export interface TrainedRun {
  readonly config: TrainConfig;
  readonly task: Task;
  readonly batches: Batches;
  readonly trainer: Trainer;
  readonly progress: Progress;
  /** All arrays of the checkpoint. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** Where a run's data lie now, if not where its record says. */
export type Places = Partial<
  Pick<TrainConfig, "data" | "dataDir" | "cifarnDir" | "download" | "root" | "labels" | "classes" | "cache">
>;

/** @throws DataError, CheckpointError if the folder holds no usable run, or if its data have changed since */
export async function loadTrained(folder: string, name: CheckpointName, places: Places = {}): Promise<TrainedRun> {
  const record = readRecord(folder);
  const config = { ...record.config, ...places };
  const task = await prepareData(config);
  const { progress, tensors } = loadCheckpoint(folder, name, identitiesOf(config, task, record));
  const trainer = await prepareTrainer(config, task).catch((cause: unknown) => {
    if (!(cause instanceof EngineError)) throw cause;
    // The run's engine may be missing on this machine. Any other gives the same results up to rounding.
    return prepareTrainer({ ...config, engine: "auto", device: "cpu", precision: "f32" }, task);
  });
  importArrays(trainer, tensors, FOR_USE);
  return { config, task, batches: prepareBatches(config, task), trainer, progress, tensors };
}
