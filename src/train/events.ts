/**
 * @file Events that a run emits, and the results it writes at its end. The loop emits them; the command line shows them
 * and `metrics.jsonl` keeps them.
 */

import type { EngineIdentity } from "../engines/engine.ts";
import type { TrainConfig } from "./config.ts";

/** Summary of one batch's weights, reported as N · w: 1 is the uniform weight of the baseline. */
export interface WeightSummary {
  readonly min: number;
  readonly q25: number;
  readonly median: number;
  readonly q75: number;
  readonly max: number;
  /** Effective sample size (Σ w)² / Σ w² over the batch size, in [0, 1]; 0 if all weights are 0. */
  readonly effective: number;
}

/** Examples in each part of a task. */
export interface ExampleCounts {
  readonly train: number;
  readonly valid: number;
  /** Trusted examples that are trained on; absent where none are. */
  readonly trusted?: number;
  readonly test: number;
}

export interface StartEvent {
  readonly type: "start";
  readonly folder: string;
  readonly config: TrainConfig;
  readonly engine: EngineIdentity;
  /** Remark on the choice of the engine. */
  readonly note?: string;
  readonly student: { readonly name: string; readonly parameters: number };
  readonly teacherParameters: number;
  readonly examples: ExampleCounts;
  /** Share of training labels that differ from the clean ones; null if those are unknown. */
  readonly noiseRate: number | null;
  /** Student steps: done in earlier sessions, per epoch, and in total. */
  readonly steps: { readonly done: number; readonly perEpoch: number; readonly total: number };
  /** Rehearsals before the real student: their count, and the steps of each. Absent without rehearsals. */
  readonly rehearsals?: { readonly count: number; readonly steps: number };
  /** What the run found in its folder: a lock left behind, files damaged or missing, and what became of them. */
  readonly remarks?: readonly string[];
}

/** Emitted at the first step of a rehearsal, every tenth and its last. */
export interface RehearsalEvent {
  readonly type: "rehearsal";
  /** Counted from 1. */
  readonly rehearsal: number;
  /** Within this rehearsal. */
  readonly step: number;
  /** Weighted training loss Σ wₖ ℓₖ, nats. */
  readonly loss: number;
  readonly learningRate: number;
  readonly stepMs: number;
}

/** Emitted when a rehearsal is over and the method has learnt from it. */
export interface RehearsedEvent {
  readonly type: "rehearsed";
  /** Counted from 1. */
  readonly rehearsal: number;
  /** Numbers that the method reports, by its names for them. */
  readonly facts: Readonly<Record<string, number>>;
  /** Duration of the learning, without the rehearsal itself. */
  readonly seconds: number;
}

/** Emitted at the first step and every tenth. */
export interface StepEvent {
  readonly type: "step";
  readonly step: number;
  /** Counted from 1. */
  readonly epoch: number;
  /** Weighted training loss Σ wₖ ℓₖ, nats. */
  readonly loss: number;
  readonly learningRate: number;
  readonly stepMs: number;
  readonly imagesPerSecond: number;
  readonly weights: WeightSummary;
}

/** Emitted after each teacher update. */
export interface TeacherEvent {
  readonly type: "teacher";
  readonly step: number;
  /** Validation metric at θ_K on the batch used; larger is better. */
  readonly metric: number;
  /** ‖∂M/∂ω‖₂ */
  readonly gradientNorm: number;
  /** max |θ recovered − θ kept| at the window's start; null if no steps are reversed. */
  readonly drift: number | null;
  readonly ms: number;
}

/**
 * Emitted after each evaluation. Errors are shares in [0, 1]; losses are in nats per example. Those of the test data are
 * there after the last epoch, and where `testEvery` wants them.
 */
export interface EvalEvent {
  readonly type: "eval";
  readonly step: number;
  /** Epochs completed. */
  readonly epoch: number;
  readonly trainLoss: number;
  /** Against the given labels, on the augmented batches of the epoch, each before its step. */
  readonly trainError: number;
  /** null without validation examples */
  readonly validLoss: number | null;
  readonly validError: number | null;
  /** Absent where the evaluation did not test. */
  readonly testLoss?: number;
  readonly testError?: number;
  /** In points, where sentences are translated: with `bleuEvery`, and of the test pairs after the last epoch. */
  readonly validBleu?: number;
  readonly testBleu?: number;
  /** Whether the validation score is the best so far; without validation examples the last one is. */
  readonly best: boolean;
  readonly seconds: number;
}

/**
 * Histogram of the last weight of each training example, emitted after each epoch. An example was last seen in this
 * epoch, unless `dropLast` left it out. Bin i counts reported weights N · w nearest to i · binWidth, so that the
 * uniform weight 1 is the middle of a bin. The last bin also counts everything above it.
 */
export interface WeightsEvent {
  readonly type: "weights";
  readonly step: number;
  /** Epochs completed. */
  readonly epoch: number;
  readonly binWidth: number;
  /** Examples with a right label, per bin. */
  readonly clean: readonly number[];
  /** Examples with a wrong label, per bin. */
  readonly wrong: readonly number[];
  /** Examples of which nobody knows, per bin; absent if there are none. */
  readonly unknown?: readonly number[];
}

/** Emitted when a run goes on, but not as its settings meant it to. */
export interface WarningEvent {
  readonly type: "warning";
  /** Steps done. */
  readonly step: number;
  readonly about: "reversal" | "weights" | "teacher" | "classes" | "schedule";
  /** What happened and what to do, in one line. */
  readonly text: string;
}

export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly step: number;
}

/** Results of a run: `results` in `run.json`. */
export interface RunResults {
  readonly finished: boolean;
  /** Steps of the real student. */
  readonly steps: number;
  /** Steps of all rehearsals. */
  readonly rehearsalSteps: number;
  /** Batches drawn for the real student's steps: one a step, or more if the method selects examples. */
  readonly draws: number;
  readonly testError: { readonly last: number | null; readonly bestValidation: number | null };
  /** Mean cross-entropy on test data, nats. */
  readonly testLoss: { readonly last: number | null; readonly bestValidation: number | null };
  readonly validError: { readonly last: number | null; readonly best: number | null };
  /** Of the test pairs, in points; absent where nothing is translated. */
  readonly bleu?: { readonly last: number | null; readonly bestValidation: number | null };
  readonly noiseRate: number | null;
  /** Training examples whose right label is known, if those are not all: AUROCs are over these. */
  readonly knownLabels?: number;
  /** Teacher updates made. */
  readonly teacherUpdates: number;
  /** Largest drift of a reversal in the run; null if no steps were reversed. */
  readonly largestDrift: number | null;
  /**
   * Low weight as a detector of wrong labels: AUROC and average precision by the mean weight, AUROC by the last weight.
   */
  readonly weights: {
    readonly auroc: number | null;
    readonly averagePrecision: number | null;
    readonly aurocLast: number | null;
  };
  /**
   * High loss of the student at the end as a detector of wrong labels, for comparison: the loss of each training
   * example without augmentation. Null if the wrong labels are unknown, and for a run that is not finished.
   */
  readonly losses: { readonly auroc: number | null; readonly averagePrecision: number | null };
  /** What weights.csv is ranked by: the loss where the method weighs all examples alike. */
  readonly rankedBy: "weight" | "loss";
  readonly secondsPerStep: number | null;
  readonly secondsPerTeacherUpdate: number | null;
  readonly imagesPerSecond: number | null;
  readonly wallSeconds: number;
  readonly peakRssBytes: number;
}

export interface DoneEvent {
  readonly type: "done";
  readonly folder: string;
  readonly results: RunResults;
}

export type TrainEvent =
  | StartEvent
  | RehearsalEvent
  | RehearsedEvent
  | StepEvent
  | TeacherEvent
  | EvalEvent
  | WeightsEvent
  | WarningEvent
  | CheckpointEvent
  | DoneEvent;

export interface TrainHooks {
  readonly onEvent?: (event: TrainEvent) => void;
  /** For a display: the latest step, at most four times a second. Steps that `onEvent` is told of are left out. */
  readonly onProgress?: (event: StepEvent | RehearsalEvent) => void;
  /** An abort lets the step finish, writes a checkpoint and ends the run with `finished: false`. */
  readonly signal?: AbortSignal;
  /** Continue from the folder's checkpoint. */
  readonly resume?: boolean;
  /** Replace the run that the folder holds. */
  readonly overwrite?: boolean;
}
