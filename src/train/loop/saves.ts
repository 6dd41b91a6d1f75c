/** @file Checkpoints and teacher of a run: its last state, its best student, and teacher.safetensors. */

import type { Tensor } from "../../tensor.ts";
import type { Checkpoint, CheckpointName } from "../checkpoint/checkpoint.ts";
import type { Identity } from "../checkpoint/identity.ts";
import { loadCheckpoint, saveCheckpoint } from "../checkpoint/checkpoint.ts";
import type { Progress } from "../progress.ts";
import type { RunParts } from "../setup.ts";
import { exportArrays, FOR_USE } from "../checkpoint/arrays.ts";
import { saveTeacher, teacherArrays } from "../checkpoint/teacher-file.ts";

export class Saves {
  readonly #folder: string;
  readonly #identity: Identity;
  readonly #run: RunParts;

  constructor(folder: string, identity: Identity, run: RunParts) {
    this.#folder = folder;
    this.#identity = identity;
    this.#run = run;
  }

  /** @throws CheckpointError if there is no checkpoint, or only one of another run */
  load(name: CheckpointName): Checkpoint {
    return loadCheckpoint(this.#folder, name, this.#identity);
  }

  /** Saves the current student as the best so far. */
  async best(progress: Progress): Promise<void> {
    const tensors = await exportArrays(this.#run.trainer, FOR_USE);
    saveCheckpoint(this.#folder, "best", { progress, tensors }, this.#identity);
  }

  /**
   * Saves everything that a resumed run needs.
   * @param others arrays that the trainer does not hold
   * @param learnt whether ω is a teacher yet: false until the rehearsals are over
   */
  async last(progress: Progress, others: Iterable<[string, Tensor]>, learnt: boolean): Promise<void> {
    const { config, task, trainer } = this.#run;
    const tensors = await exportArrays(trainer);
    for (const [name, tensor] of others) tensors.set(name, tensor);
    saveCheckpoint(this.#folder, "last", { progress, tensors }, this.#identity);
    const { signature } = trainer.problem.design.about ?? {};
    if (!signature || !learnt) return;
    const { method, student, data } = config;
    const { options, perClass } = signature;
    const classes = [...(task.objective.classes ?? [])];
    const about = { method, options, perClass, classes, student, data, step: progress.step };
    saveTeacher(this.#folder, teacherArrays(tensors, signature), about);
  }
}
