/** @file What a run tells while it goes, and what it leaves: the loop emits these, the command line and `metrics.jsonl` show them. */

import type { EngineIdentity } from "../engines/engine.ts";
import type { TrainConfig } from "./config.ts";

/** Five numbers of the weights of one batch, in units of the uniform weight: N · w, so that 1 is "as the baseline". */
export interface WeightSummary {
  readonly min: number;
  readonly q25: number;
  readonly median: number;
  readonly q75: number;
  readonly max: number;
  /** Effective sample size 1 / Σ w² over the batch size, in (0, 1]. */
  readonly effective: number;
}

export interface StartEvent {
  readonly type: "start";
  readonly folder: string;
  readonly config: TrainConfig;
  readonly engine: EngineIdentity;
  /** What there is to know of the engine's choice. */
  readonly note?: string;
  readonly student: { readonly name: string; readonly parameters: number };
  readonly teacherParameters: number;
  readonly examples: { readonly train: number; readonly valid: number; readonly test: number };
  /** Share of training labels that differ from the clean ones, if those are known. */
  readonly noiseRate: number | null;
  /** Steps done before (after a resume), in an epoch, and in all. */
  readonly steps: { readonly done: number; readonly perEpoch: number; readonly total: number };
  /** Students that are trained and thrown away before: how many, and steps of each; absent where there are none. */
  readonly rehearsals?: { readonly count: number; readonly steps: number };
}

/** Told for the first step of a rehearsal, every tenth and its last. */
export interface RehearsalEvent {
  readonly type: "rehearsal";
  /** Counted from 1. */
  readonly rehearsal: number;
  /** Of this rehearsal. */
  readonly step: number;
  /** Weighted training loss Σ wₖ ℓₖ, nats. */
  readonly loss: number;
  readonly learningRate: number;
  readonly stepMs: number;
}

/** A rehearsal is over, and the method has learnt from it. */
export interface RehearsedEvent {
  readonly type: "rehearsed";
  /** Counted from 1. */
  readonly rehearsal: number;
  /** Numbers by the method's names for them. */
  readonly facts: Readonly<Record<string, number>>;
  /** What the learning took, the rehearsal itself not counted. */
  readonly seconds: number;
}

/** Told for the first step and every tenth. */
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

/** One teacher update. */
export interface TeacherEvent {
  readonly type: "teacher";
  readonly step: number;
  /** Validation metric at θ_K on the batch used; larger is better. */
  readonly metric: number;
  /** ‖∂M/∂ω‖₂ */
  readonly gradientNorm: number;
  /** max |θ recovered − θ kept| at the window's start; null when nothing is reversed. */
  readonly drift: number | null;
  readonly ms: number;
}

/** Errors are shares in [0, 1]; losses nats per example. */
export interface EvalEvent {
  readonly type: "eval";
  readonly step: number;
  /** Epochs completed. */
  readonly epoch: number;
  readonly trainLoss: number;
  /** Against the given labels, on augmented batches, as seen during the epoch. */
  readonly trainError: number;
  readonly validLoss: number;
  readonly validError: number;
  readonly testLoss: number;
  readonly testError: number;
  /** Whether validation was the best so far. */
  readonly best: boolean;
  readonly seconds: number;
}

/**
 * Told after each epoch: how many training examples had which weight when they were last seen, which is in this epoch but for those that
 * `dropLast` left out. Bin i holds the N · w nearest to i · binWidth, so that the uniform weight 1 lies amid one; the last bin everything above too.
 */
export interface WeightsEvent {
  readonly type: "weights";
  readonly step: number;
  /** Epochs completed. */
  readonly epoch: number;
  readonly binWidth: number;
  /** Examples in each bin whose given label is right. */
  readonly clean: readonly number[];
  /** The same of wrong labels. */
  readonly wrong: readonly number[];
}

export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly step: number;
}

/** What `run.json` holds under `results`. */
export interface RunResults {
  readonly finished: boolean;
  /** Of the student that counts. */
  readonly steps: number;
  /** Of the students before it, which were thrown away. */
  readonly rehearsalSteps: number;
  /** Batches that its steps were drawn from: as many as steps, or more where examples are left out. */
  readonly draws: number;
  readonly testError: { readonly last: number | null; readonly bestValidation: number | null };
  /** Mean cross-entropy on test data, nats. */
  readonly testLoss: { readonly last: number | null; readonly bestValidation: number | null };
  readonly validError: { readonly last: number | null; readonly best: number | null };
  readonly noiseRate: number | null;
  /** How well 1 − weight finds wrong labels: area under the ROC curve and average precision, of the mean and of the last weight. */
  readonly weights: {
    readonly auroc: number | null;
    readonly averagePrecision: number | null;
    readonly aurocLast: number | null;
  };
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
  | CheckpointEvent
  | DoneEvent;

export interface TrainHooks {
  readonly onEvent?: (event: TrainEvent) => void;
  /** Abort finishes the step, writes a checkpoint and ends the run with `finished: false`. */
  readonly signal?: AbortSignal;
  /** Continue from the folder's checkpoint. */
  readonly resume?: boolean;
}
