/** @file Recorder of a run: events to metrics.jsonl, run.json at its start and end, durations for the results. */

import { availableParallelism, cpus, totalmem } from "node:os";
import { parameterCount } from "../../models/student.ts";
import type { Progress } from "../progress.ts";
import type { RehearsalEvent, RunResults, StepEvent, TrainEvent, TrainHooks } from "../events.ts";
import { median } from "../../statistics.ts";
import type { RunFolder } from "./run-folder.ts";
import { versions } from "./run-folder.ts";
import { readRecord } from "./run-record.ts";
import type { RunParts } from "../setup.ts";
import type { TeacherOrigin } from "../checkpoint/teacher-transfer.ts";
import type { WeightHistory } from "./weight-history.ts";

/** Steps between step events. */
export const REPORT_EVERY = 10;

/** Milliseconds between two looks at the run for a display. */
const SHOW_EVERY = 250;

/** Student steps of the finished run, and of rehearsals so far. */
export interface TotalSteps {
  readonly steps: number;
  readonly rehearsed: number;
}

/** Emits and writes everything of a run except its checkpoints and weights. */
export class Recorder {
  /** Durations in this session, for medians. */
  readonly stepSeconds: number[] = [];
  readonly updateSeconds: number[] = [];
  readonly #run: RunParts;
  readonly #folder: RunFolder;
  readonly #hooks: TrainHooks;
  readonly #teacherFrom: TeacherOrigin | undefined;
  readonly #started = performance.now();
  #begun = new Date().toISOString();
  #secondsBefore = 0;
  #shown = -Infinity;

  constructor(run: RunParts, folder: RunFolder, hooks: TrainHooks, teacherFrom: TeacherOrigin | undefined) {
    this.#run = run;
    this.#folder = folder;
    this.#hooks = hooks;
    this.#teacherFrom = teacherFrom;
  }

  /** Continues the record of earlier sessions. */
  goOn(progress: Progress): void {
    this.#begun = readRecord(this.#folder.path).startedAt ?? this.#begun;
    this.#secondsBefore = progress.wallSeconds;
    this.#folder.rewind(progress);
  }

  get student(): { readonly name: string; readonly parameters: number } {
    const { student, initial } = this.#run.trainer.problem;
    return { name: student.name, parameters: parameterCount(initial.theta) };
  }

  emit(event: TrainEvent): void {
    this.#hooks.onEvent?.(event);
    this.#folder.append(event);
  }

  /**
   * Emits a step if the record is to have it. Others are for a display alone, and made only when it is time.
   * @param recorded whether the record is to have it
   */
  emitStep(recorded: boolean, make: () => StepEvent | RehearsalEvent): void {
    const now = performance.now();
    if (recorded) this.emit(make());
    else if (this.#hooks.onProgress && now - this.#shown >= SHOW_EVERY) this.#hooks.onProgress(make());
    else return;
    this.#shown = now;
  }

  /** Progress with the time spent so far, over all sessions. */
  timed(progress: Progress): Progress {
    return { ...progress, wallSeconds: this.#wallSeconds };
  }

  results({ best, last, step, draws }: Progress, total: TotalSteps, weights: WeightHistory): RunResults {
    const secondsPerStep = median(this.stepSeconds);
    return {
      finished: step === total.steps,
      steps: step,
      rehearsalSteps: total.rehearsed,
      draws: draws.drawn,
      testError: { last: last?.testError ?? null, bestValidation: best?.testError ?? null },
      testLoss: { last: last?.testLoss ?? null, bestValidation: best?.testLoss ?? null },
      validError: { last: last?.validError ?? null, best: best?.validError ?? null },
      noiseRate: this.#run.task.noise.rate,
      weights: weights.quality(this.#run.task.parts.train.wrong),
      secondsPerStep,
      secondsPerTeacherUpdate: median(this.updateSeconds),
      imagesPerSecond: secondsPerStep === null ? null : this.#run.config.batch / secondsPerStep,
      wallSeconds: this.#wallSeconds,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  }

  writeRecord(results: RunResults | null): void {
    this.#folder.writeRecord({
      formatVersion: 1,
      name: this.#folder.name,
      config: this.#run.config,
      versions: versions(),
      engine: this.#run.trainer.engine.identity,
      machine: { cpu: cpus()[0]?.model ?? "unknown", cores: availableParallelism(), memoryBytes: totalmem() },
      hashes: this.#run.task.hashes,
      student: this.student,
      ...(this.#teacherFrom ? { teacherFrom: this.#teacherFrom } : {}),
      startedAt: this.#begun,
      results,
    });
  }

  get #wallSeconds(): number {
    return this.#secondsBefore + (performance.now() - this.#started) / 1000;
  }
}
