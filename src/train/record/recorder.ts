/** @file Recorder of a run: events to metrics.jsonl, run.json at its start and end, durations for the results. */

import { availableParallelism, cpus, totalmem } from "node:os";
import { parameterCount } from "../../models/student.ts";
import type { Progress } from "../progress.ts";
import type { RehearsalEvent, RunResults, StepEvent, TrainEvent, TrainHooks, WarningEvent } from "../events.ts";
import { median } from "../../statistics.ts";
import type { RunFolder } from "./run-folder.ts";
import { versions } from "./run-folder.ts";
import type { Diverged, Lengthening, RecordedResults, RunRecord } from "./run-record.ts";
import type { RunParts } from "../setup.ts";
import type { StudentOrigin } from "../checkpoint/student-file.ts";
import type { TeacherOrigin } from "../checkpoint/teacher-transfer.ts";
import type { Suspicion } from "./suspects.ts";
import { lossQuality, rankedBy } from "./suspects.ts";

/** Steps between step events. */
export const REPORT_EVERY = 10;

/** Milliseconds between two looks at the run for a display. */
const SHOW_EVERY = 250;

/** Student steps of the finished run, and of rehearsals so far. */
export interface TotalSteps {
  readonly steps: number;
  readonly rehearsed: number;
}

/** What a run has behind it, for its record. */
export interface RunHistory {
  readonly teacherFrom: TeacherOrigin | undefined;
  readonly studentFrom: StudentOrigin | undefined;
  readonly lengthened: readonly Lengthening[];
}

/** Emits and writes everything of a run except its checkpoints and weights. */
export class Recorder {
  /** Durations in this session, for medians. */
  readonly stepSeconds: number[] = [];
  readonly updateSeconds: number[] = [];
  readonly #run: RunParts;
  readonly #folder: RunFolder;
  readonly #hooks: TrainHooks;
  readonly #history: RunHistory;
  readonly #started = performance.now();
  #begun = new Date().toISOString();
  #secondsBefore = 0;
  /** Results of the sessions before, whose durations stand where this session has none. */
  #before: RecordedResults | null = null;
  #shown = -Infinity;

  constructor(run: RunParts, folder: RunFolder, hooks: TrainHooks, history: RunHistory) {
    this.#run = run;
    this.#folder = folder;
    this.#hooks = hooks;
    this.#history = history;
  }

  /**
   * Continues the record of earlier sessions.
   * @param log length of the log at the checkpoint, in bytes; undefined for one of 0.1.0
   * @returns what the log lacks of that, in a sentence; undefined if nothing
   */
  goOn(progress: Progress, log: number | undefined, record: RunRecord): string | undefined {
    this.#begun = record.startedAt ?? this.#begun;
    this.#before = record.results;
    this.#secondsBefore = progress.wallSeconds;
    return this.#folder.rewind(progress, log);
  }

  /** Brings the log to the disk. @returns its length, in bytes */
  flush(): number {
    return this.#folder.flush();
  }

  get student(): { readonly name: string; readonly parameters: number } {
    const { student, initial } = this.#run.trainer.problem;
    return { name: student.name, parameters: parameterCount(initial.theta) };
  }

  emit(event: TrainEvent): void {
    this.tell(event);
    this.write(event);
  }

  /** Tells the run's listener of an event, without a line in the log. */
  tell(event: TrainEvent): void {
    this.#hooks.onEvent?.(event);
  }

  /** Writes an event to the log, without telling the listener. */
  write(event: TrainEvent): void {
    this.#folder.append(event);
  }

  /** Emits a warning, in one line. */
  warn(step: number, about: WarningEvent["about"], text: string): void {
    this.emit({ type: "warning", step, about, text });
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

  results(
    { best, last, step, draws, updates, largestDrift }: Progress,
    total: TotalSteps,
    known: Suspicion,
  ): RunResults {
    const before = this.#before;
    const { wrong, count } = this.#run.task.parts.train;
    const judged = wrong ? Array.from(wrong).filter((verdict) => verdict !== undefined).length : 0;
    const secondsPerStep = median(this.stepSeconds) ?? before?.secondsPerStep ?? null;
    const idle = before?.finished === true && this.stepSeconds.length === 0;
    return {
      finished: step === total.steps,
      steps: step,
      rehearsalSteps: total.rehearsed,
      draws: draws.drawn,
      testError: { last: last?.testError ?? null, bestValidation: best?.testError ?? null },
      testLoss: { last: last?.testLoss ?? null, bestValidation: best?.testLoss ?? null },
      validError: { last: last?.validError ?? null, best: best?.validError ?? null },
      ...(this.#run.task.sentences
        ? { bleu: { last: last?.testBleu ?? null, bestValidation: best?.testBleu ?? null } }
        : {}),
      noiseRate: this.#run.task.noise.rate,
      ...(judged === count ? {} : { knownLabels: judged }),
      teacherUpdates: updates,
      largestDrift,
      weights: known.weights.quality(wrong),
      losses: lossQuality(known, wrong),
      rankedBy: rankedBy(known),
      secondsPerStep,
      secondsPerTeacherUpdate: median(this.updateSeconds) ?? before?.secondsPerTeacherUpdate ?? null,
      imagesPerSecond: secondsPerStep === null ? null : this.#run.config.batch / secondsPerStep,
      wallSeconds: idle ? before.wallSeconds : this.#wallSeconds,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  }

  /** @param diverged where and how the run ended, if it did so without results */
  writeRecord(results: RunResults | null, diverged?: Diverged): void {
    const { teacherFrom, studentFrom, lengthened } = this.#history;
    this.#folder.writeRecord({
      formatVersion: 1,
      name: this.#folder.name,
      config: this.#run.config,
      versions: versions(),
      engine: this.#run.trainer.engine.identity,
      machine: { cpu: cpus()[0]?.model ?? "unknown", cores: availableParallelism(), memoryBytes: totalmem() },
      hashes: this.#run.task.hashes,
      ...(this.#run.task.source ? { source: this.#run.task.source } : {}),
      student: this.student,
      ...(teacherFrom ? { teacherFrom } : {}),
      ...(studentFrom ? { studentFrom } : {}),
      ...(lengthened.length > 0 ? { lengthened } : {}),
      startedAt: this.#begun,
      ...(diverged ? { diverged } : {}),
      results,
    });
  }

  get #wallSeconds(): number {
    return this.#secondsBefore + (performance.now() - this.#started) / 1000;
  }
}
