/** @file What a run leaves behind to go on from: its last state, its best student, and its teacher. */

import type { Tensor } from "../../tensor.ts";
import type { Checkpoint, Identity } from "../checkpoint/checkpoint.ts";
import { loadCheckpoint, saveCheckpoint } from "../checkpoint/checkpoint.ts";
import type { Progress } from "../progress.ts";
import type { RunParts } from "../setup.ts";
import { exportArrays } from "../checkpoint/arrays.ts";
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

  /** @throws CheckpointError when there is none, or one of another run */
  load(): Checkpoint {
    return loadCheckpoint(this.#folder, "last", this.#identity);
  }

  /** The student as it is, for being the best so far. */
  async best(progress: Progress): Promise<void> {
    const tensors = await exportArrays(this.#run.trainer, ["theta", "state", "omega"]);
    saveCheckpoint(this.#folder, "best", { progress, tensors }, this.#identity);
  }

  /**
   * Everything that the run goes on from.
   * @param others arrays that the trainer does not hold
   * @param learnt whether ω is a teacher yet, which it is not before its rehearsals are over
   */
  async last(progress: Progress, others: Iterable<[string, Tensor]>, learnt: boolean): Promise<void> {
    const { config, task, trainer } = this.#run;
    const tensors = await exportArrays(trainer);
    for (const [name, tensor] of others) tensors.set(name, tensor);
    saveCheckpoint(this.#folder, "last", { progress, tensors }, this.#identity);
    const { form } = trainer.problem.design;
    if (!form || !learnt) return;
    const { method, student, data } = config;
    const { options, perClass } = form;
    const about = { method, options, perClass, classes: [...task.classes], student, data, step: progress.step };
    saveTeacher(this.#folder, teacherArrays(tensors, form), about);
  }
}
