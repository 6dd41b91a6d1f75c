/** @file Checkpoints and teacher of a run: its last state, its best student, and teacher.safetensors. */

import { existsSync } from "node:fs";
import { CheckpointError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { exportArrays, FOR_USE } from "../checkpoint/arrays.ts";
import type { Checkpoint, Which } from "../checkpoint/checkpoint.ts";
import {
  checkpointPath,
  loadCheckpoint,
  loadLatest,
  readCheckpoint,
  saveCheckpoint,
} from "../checkpoint/checkpoint.ts";
import { refuseNotFinite } from "../checkpoint/finite.ts";
import type { Identities } from "../checkpoint/identity.ts";
import { digest } from "../checkpoint/sealed-file.ts";
import type { AboutTeacher } from "../checkpoint/teacher-file.ts";
import { loadTeacher, saveTeacher, teacherArrays, teacherPath } from "../checkpoint/teacher-file.ts";
import type { Progress } from "../progress.ts";
import type { RunParts } from "../setup.ts";
import { predicted } from "../../tasks/task.ts";

/** What a run saves beside the arrays of its trainer. */
export interface Standing {
  readonly progress: Progress;
  /** Arrays that the trainer does not hold. */
  readonly others: Iterable<[string, Tensor]>;
  /** Whether ω is a teacher yet: false until the rehearsals are over. */
  readonly learnt: boolean;
  /** Length of metrics.jsonl, which is on the disk, in bytes. */
  readonly log: number;
}

export class Saves {
  readonly #folder: string;
  readonly #identities: Identities;
  readonly #run: RunParts;

  constructor(folder: string, identities: Identities, run: RunParts) {
    this.#folder = folder;
    this.#identities = identities;
    this.#run = run;
  }

  /**
   * @returns the checkpoint to go on from, and a remark if it is not the last one
   * @throws CheckpointError if there is none that can be read, or only one of another run
   */
  load(): { readonly checkpoint: Checkpoint & Which; readonly remark?: string } {
    return loadLatest(this.#folder, this.#identities);
  }

  /** @throws CheckpointError if there is no best student that can be read, or only one of another run */
  loadBest(): Checkpoint {
    return loadCheckpoint(this.#folder, "best", this.#identities);
  }

  /**
   * Saves everything that a resumed run needs and, where this state is the best so far, its student as the best. The
   * last checkpoint comes first: it can make the others again.
   * @throws DivergedError if a number is not finite; the files stay as they are
   */
  async last({ progress, others, learnt, log }: Standing): Promise<void> {
    const { trainer } = this.#run;
    const tensors = await exportArrays(trainer);
    refuseNotFinite(tensors, progress.step);
    for (const [name, tensor] of others) tensors.set(name, tensor);
    saveCheckpoint(this.#folder, "last", { progress, tensors, log }, this.#identities[0]);
    if (progress.best?.step === progress.step) await this.#saveBest(progress, log);
    const teacher = learnt ? this.#teacherOf(tensors, progress) : undefined;
    if (teacher) saveTeacher(this.#folder, teacher.arrays, teacher.about);
  }

  /**
   * Writes the best student and the teacher of a resumed run again where a kill left them behind, or where they are
   * missing or damaged. The trainer has the arrays of the checkpoint.
   * @returns what was written again, and what cannot be
   */
  async repair(checkpoint: Checkpoint, learnt: boolean): Promise<string[]> {
    return [...(await this.#repairBest(checkpoint)), ...(learnt ? this.#repairTeacher(checkpoint) : [])];
  }

  async #repairBest({ progress, log = 0 }: Checkpoint): Promise<string[]> {
    const { step, best } = progress;
    if (!best) return [];
    const path = checkpointPath(this.#folder, "best");
    const wrong = wrongWith(path, () => readCheckpoint(path).progress.step === best.step);
    if (wrong === undefined) return [];
    if (best.step === step) {
      await this.#saveBest(progress, log);
      return [`${path} was ${wrong}: written again`];
    }
    return [
      `${path} is ${wrong}: it should have step ${best.step}, the best so far, which step ${step} cannot give back. ` +
        "The next evaluation that is better writes it",
    ];
  }

  #repairTeacher({ progress, tensors }: Checkpoint): string[] {
    const teacher = this.#teacherOf(tensors, progress);
    if (!teacher) return [];
    const path = teacherPath(this.#folder);
    const wrong = wrongWith(path, () => {
      const { sha256, about } = loadTeacher(path);
      return sha256 === digest(teacher.arrays) && about.step === progress.step;
    });
    if (wrong === undefined) return [];
    saveTeacher(this.#folder, teacher.arrays, teacher.about);
    return [`${path} was ${wrong}: written again`];
  }

  async #saveBest(progress: Progress, log: number): Promise<void> {
    const tensors = await exportArrays(this.#run.trainer, FOR_USE);
    saveCheckpoint(this.#folder, "best", { progress, tensors, log }, this.#identities[0]);
  }

  /** The teacher that a run of these arrays has; undefined for a method without one. */
  #teacherOf(tensors: ReadonlyMap<string, Tensor>, { step }: Progress) {
    const { config, task, trainer } = this.#run;
    const { signature } = trainer.problem.design.about ?? {};
    if (!signature) return undefined;
    const { method, student, data } = config;
    const { options, perClass } = signature;
    const classes = predicted(task);
    const about: AboutTeacher = { method, options, perClass, classes, student, data, step };
    return { arrays: teacherArrays(tensors, signature), about };
  }
}

/** What is wrong with a file, in words; undefined if nothing is. */
function wrongWith(path: string, isRight: () => boolean): string | undefined {
  if (!existsSync(path)) return "missing";
  try {
    return isRight() ? undefined : "of another step";
  } catch (cause) {
    if (cause instanceof CheckpointError) return "damaged";
    throw cause;
  }
}
