/**
 * @file Loop of a run: rehearsals, then the steps of the real student, with evaluations and checkpoints. It uses
 * methods through their interface alone. All random numbers depend on counters, so a resumed run gives the same results
 * as an uninterrupted one.
 */

import { suspectsCsv } from "../record/suspects.ts";
import { trainingLosses } from "../step/evaluation.ts";
import { translatePart } from "../step/translation.ts";
import { DivergedError } from "../../errors.ts";
import type { RunResults, TrainHooks } from "../events.ts";
import { identitiesOf } from "../checkpoint/identity.ts";
import type { Progress } from "../progress.ts";
import { NOT_REHEARSED } from "../progress.ts";
import { refuseMisfit } from "../checkpoint/fit.ts";
import { Recorder } from "../record/recorder.ts";
import { Rehearsals } from "./rehearsals.ts";
import type { RunHistory } from "../record/recorder.ts";
import type { RunRecord } from "../record/run-record.ts";
import type { RunFolder } from "../record/run-folder.ts";
import { Saves } from "./saves.ts";
import type { RunParts } from "../setup.ts";
import { importArrays, rebuildWindow } from "../checkpoint/arrays.ts";
import { openingWarnings, startEvent } from "./opening.ts";
import type { OnTranslated } from "./tests.ts";
import { scoresOn, testBleuOn, testedBest, testIsDue } from "./tests.ts";
import { Training } from "./training.ts";

export class Loop {
  readonly #run: RunParts;
  readonly #folder: RunFolder;
  readonly #hooks: TrainHooks;
  readonly #recorder: Recorder;
  readonly #saves: Saves;
  readonly #rehearsals: Rehearsals | undefined;
  readonly #history: RunHistory;
  #training: Training;
  /** Epochs of the run until this session, which makes it longer; undefined in other sessions. */
  #lengthenedFrom: number | undefined;
  /** What a resume found damaged, missing or written again. */
  #remarks: readonly string[] = [];

  constructor(run: RunParts, folder: RunFolder, hooks: TrainHooks, history: RunHistory) {
    this.#run = run;
    this.#folder = folder;
    this.#history = history;
    this.#hooks = hooks;
    this.#recorder = new Recorder(run, folder, hooks, history);
    this.#saves = new Saves(folder.path, identitiesOf(run.config, run.task, history), run);
    this.#training = new Training(run, this.#recorder);
    const { learning } = run.trainer.problem.design;
    if (learning?.by === "rehearsals") this.#rehearsals = new Rehearsals(learning.plan, run, this.#recorder);
  }

  /** Continues the run from its last checkpoint. @param record of the run so far */
  async resume(record: RunRecord): Promise<void> {
    const { checkpoint, remark } = this.#saves.load();
    const { progress, tensors, log, which } = checkpoint;
    if (record.config.epochs !== this.#run.config.epochs) this.#lengthenedFrom = record.config.epochs;
    refuseMisfit(progress, this.#run, this.#rehearsals);
    importArrays(this.#run.trainer, tensors);
    const lost = this.#recorder.goOn(progress, log, record);
    this.#training = new Training(this.#run, this.#recorder, progress, tensors);
    this.#rehearsals?.resume(progress.rehearsals, tensors);
    // The steps of the window had the rates of the run's length at that time.
    const epochs = this.#history.lengthened[which - 1]?.from ?? this.#run.config.epochs;
    rebuildWindow({ ...this.#run, config: { ...this.#run.config, epochs } }, progress, tensors);
    const repaired = await this.#saves.repair(checkpoint, this.#rehearsals?.over ?? true);
    this.#remarks = [remark, lost, ...repaired].filter((text) => text !== undefined);
  }

  /**
   * @param leftBy process that left the folder locked when it was killed
   * @throws DivergedError, after the record says so
   */
  async train(leftBy?: number): Promise<RunResults> {
    try {
      return await this.#train(leftBy);
    } catch (cause) {
      if (cause instanceof DivergedError)
        this.#recorder.writeRecord(null, { step: this.#step, message: cause.message });
      throw cause;
    }
  }

  async #train(leftBy: number | undefined): Promise<RunResults> {
    const { config, task, batches, trainer } = this.#run;
    const { totalSteps } = this.#training;
    const taken = leftBy === undefined ? [] : [`took over the folder from process ${leftBy}, which was killed`];
    const remarks = [...taken, ...this.#remarks, ...(task.source?.remarks ?? [])];
    // The checkpoint precedes run.json, so that every folder with a run.json can be resumed.
    if (!this.#hooks.resume) await this.#checkpoint();
    this.#recorder.writeRecord(null);
    if (task.skipped && task.skipped.length > 0) this.#folder.writeSkipped(task.skipped);
    this.#recorder.emit(
      startEvent(this.#run, {
        folder: this.#folder.path,
        student: this.#recorder.student,
        done: this.#step,
        total: totalSteps,
        remarks,
        ...(this.#rehearsals ? { rehearsals: { count: this.#rehearsals.count, steps: this.#rehearsals.steps } } : {}),
      }),
    );
    for (const { about, text } of openingWarnings(this.#run, totalSteps, this.#lengthenedFrom)) {
      this.#recorder.warn(this.#step, about, text);
    }
    await this.#rehearse();
    while (this.#step < totalSteps && !this.#stops) {
      await this.#training.step();
      const epochEnds = this.#step % batches.stepsPerPass === 0;
      if (epochEnds) await this.#endEpoch(this.#step / batches.stepsPerPass);
      if (epochEnds || this.#step % config.checkpointEvery === 0 || this.#stops) await this.#save();
    }
    const total = { steps: totalSteps, rehearsed: this.#rehearsals?.stepsDone ?? 0 };
    const { weights } = this.#training;
    const finished = this.#step === totalSteps;
    const losses = finished ? await trainingLosses(trainer, batches, task.parts.train.count) : undefined;
    if (finished) this.#training.noteTested(await testedBest(this.#run, this.#saves, this.#progress, this.#keep));
    const known = { weights, ...(losses ? { losses } : {}) };
    const results = this.#recorder.results(this.#progress, total, known);
    this.#folder.writeWeights(suspectsCsv(known, task));
    this.#recorder.writeRecord(results);
    this.#recorder.emit({ type: "done", folder: this.#folder.path, results });
    return results;
  }

  async #rehearse(): Promise<void> {
    const rehearsals = this.#rehearsals;
    while (rehearsals && !rehearsals.over && !this.#stops) {
      await rehearsals.step();
      const { step } = rehearsals.progress;
      if (step === 0 || step % this.#run.config.checkpointEvery === 0 || this.#stops) await this.#save();
    }
  }

  async #endEpoch(epoch: number): Promise<void> {
    const { config, task } = this.#run;
    const started = performance.now();
    const step = this.#step;
    const means = this.#training.endEpoch();
    this.#recorder.emit({ type: "weights", step, epoch, ...this.#training.weights.histogram(task.parts.train.wrong) });
    if (epoch % config.evalEvery !== 0 && epoch !== config.epochs) return;
    const valid = task.parts.valid.count > 0 ? await scoresOn(this.#run, "valid") : undefined;
    const test = task.parts.test.count > 0 && testIsDue(config, epoch) ? await scoresOn(this.#run, "test") : undefined;
    const testBleu = epoch === config.epochs ? await testBleuOn(this.#run, this.#keep) : {};
    const bleuDue = config.bleuEvery > 0 && epoch % config.bleuEvery === 0 && valid !== undefined;
    const validBleu = bleuDue ? (await translatePart(this.#run, "valid"))?.bleu.bleu : undefined;
    const best = this.#training.noteScores({
      validError: valid?.error ?? null,
      validLoss: valid?.loss ?? null,
      testError: test?.error ?? null,
      testLoss: test?.loss ?? null,
      ...testBleu,
      step,
    });
    this.#recorder.emit({
      type: "eval",
      step,
      epoch,
      ...means,
      validLoss: valid?.loss ?? null,
      validError: valid?.error ?? null,
      ...(test ? { testLoss: test.loss, testError: test.error } : {}),
      ...(validBleu === undefined ? {} : { validBleu }),
      ...testBleu,
      best,
      seconds: (performance.now() - started) / 1000,
    });
  }

  /** Keeps translations of the test pairs: the best student's come after the last one's. */
  readonly #keep: OnTranslated = (lines) => this.#folder.writeTranslations(lines);

  /** Steps done by the real student. */
  get #step(): number {
    return this.#training.stepsDone;
  }

  /** Progress of the run, with the time spent so far. */
  get #progress(): Progress {
    const rehearsals = this.#rehearsals?.progress ?? NOT_REHEARSED;
    return this.#recorder.timed({ ...this.#training.progress, rehearsals });
  }

  /** Whether the run must stop now, finished or not: after an abort, or after `maxSteps`. */
  get #stops(): boolean {
    if (this.#hooks.signal?.aborted) return true;
    return (this.#rehearsals?.stepsDone ?? 0) + this.#step >= (this.#run.config.maxSteps ?? Infinity);
  }

  async #save(): Promise<void> {
    const event = { type: "checkpoint", step: this.#step } as const;
    // First of all in the log: what follows the part that a checkpoint knows of is dropped on resume.
    this.#recorder.write(event);
    await this.#checkpoint();
    this.#recorder.tell(event);
  }

  async #checkpoint(): Promise<void> {
    this.#folder.checkPresent();
    const others = [...this.#training.weights.tensors(), ...(this.#rehearsals?.tensors() ?? [])];
    const learnt = this.#rehearsals?.over ?? true;
    await this.#saves.last({ progress: this.#progress, others, learnt, log: this.#recorder.flush() });
  }
}
