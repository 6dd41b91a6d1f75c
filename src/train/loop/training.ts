/** @file Training of the real student: its steps, and the teacher updates before or after them. */

import type { Tensor } from "../../tensor.ts";
import { Draws } from "./draws.ts";
import { COLLAPSE, collapsedSteps, collapseText, summarise } from "../record/weight-summary.ts";
import type { Progress, Scores } from "../progress.ts";
import { NOT_BEGUN } from "../progress.ts";
import type { Recorder } from "../record/recorder.ts";
import { REPORT_EVERY } from "../record/recorder.ts";
import type { Schedule } from "../schedule.ts";
import { momentOf, placeOf, stepDecay } from "../schedule.ts";
import type { RunParts } from "../setup.ts";
import type { StepInput } from "../step/trainer.ts";
import { WeightHistory } from "../record/weight-history.ts";

const FALLEN_BACK =
  "This update is left out, and from here on the window keeps the parameters of each step (as with --reversal " +
  "snapshot). A larger --momentum or a smaller --window needs no copies";

export class Training {
  /** History of each example's weight. */
  readonly weights: WeightHistory;
  readonly #run: RunParts;
  readonly #recorder: Recorder;
  readonly #draws: Draws;
  readonly #schedule: Schedule;
  #progress: Progress;

  /**
   * @param progress to continue from
   * @param tensors arrays of the checkpoint with this progress; the caller restores those of the trainer
   */
  constructor(run: RunParts, recorder: Recorder, progress = NOT_BEGUN, tensors?: ReadonlyMap<string, Tensor>) {
    this.#run = run;
    this.#recorder = recorder;
    this.#progress = progress;
    this.#schedule = stepDecay(run.config);
    run.trainer.snapshots = progress.snapshots;
    this.weights = new WeightHistory(run.task.parts.train.count, tensors);
    // An example that was not selected from a draw has weight 0 in that draw.
    const onDrop = (positions: Uint32Array): void => this.weights.add(positions, new Float32Array(positions.length));
    this.#draws = new Draws(run.trainer, run.batches, run.config.seed, { onDrop }, progress.draws);
  }

  get progress(): Progress {
    const { snapshots } = this.#run.trainer;
    return { ...this.#progress, snapshots, draws: this.#draws.progress };
  }

  get stepsDone(): number {
    return this.#progress.step;
  }

  get totalSteps(): number {
    return this.#run.config.epochs * this.#run.batches.stepsPerPass;
  }

  /** Steps between teacher updates; Infinity without a learner. */
  get #every(): number {
    return this.#run.trainer.learner?.timing.every ?? Infinity;
  }

  get #learnsBefore(): boolean {
    return this.#run.trainer.learner?.timing.when === "before";
  }

  /** Does the next student step, and the teacher update that belongs to it. */
  async step(): Promise<void> {
    const { config, task, batches, trainer } = this.#run;
    const started = performance.now();
    const { epoch, inPeriod } = placeOf(this.#progress.step, batches.stepsPerPass, this.#every);
    const rate = this.#schedule({ step: this.#progress.step, epoch });
    const moment = momentOf(this.#progress, this.totalSteps, task.objective.chance);
    const key = trainer.keyOf(config.seed, this.#progress.step);
    const input = { batch: await this.#draws.next(moment), rate, moment, ...key };
    const { batch } = input;
    const learnsNow = this.#learnsBefore && inPeriod === 0;
    const updateMs = learnsNow ? await this.#learn(input) : 0;
    const outcome = await trainer.step(input, inPeriod);
    this.weights.add(batch.positions, outcome.weights);
    const stepMs = performance.now() - started - updateMs;
    this.#recorder.stepSeconds.push(stepMs / 1000);
    const before = this.#progress;
    const { progress, loss, accuracy } = moment;
    const contexts = [...before.contexts, [progress, loss, accuracy] as [number, number, number]];
    this.#progress = {
      ...before,
      step: before.step + 1,
      epochLoss: before.epochLoss + outcome.lossSum,
      epochErrors: before.epochErrors + outcome.errors,
      epochExamples: before.epochExamples + batch.size,
      windowLength: trainer.window.length,
      contexts: trainer.window.length > 0 ? contexts.slice(-trainer.window.length) : [],
      lossSum: before.lossSum + outcome.lossSum / batch.size,
    };
    const { step } = this.#progress;
    this.#recorder.emitStep(step % REPORT_EVERY === 0 || step === 1, () => ({
      type: "step",
      step,
      epoch: epoch + 1,
      loss: outcome.loss,
      learningRate: rate,
      stepMs,
      imagesPerSecond: (1000 * batch.size) / stepMs,
      weights: summarise(outcome.weights),
    }));
    this.#watchWeights(outcome.weights);
    if (!this.#learnsBefore && step % this.#every === 0) await this.#learn();
  }

  /** Tells of weights that have left almost no example for many steps. */
  #watchWeights(weights: Float32Array): void {
    const collapsed = collapsedSteps(weights, this.#progress.collapsed);
    this.#progress = { ...this.#progress, collapsed };
    const { step } = this.#progress;
    if (collapsed === COLLAPSE) this.#recorder.warn(step, "weights", collapseText(weights));
  }

  /** Closes an epoch. @returns mean loss and error over its examples, each at the step that used it */
  endEpoch(): { readonly trainLoss: number; readonly trainError: number } {
    const { epochLoss, epochErrors, epochExamples } = this.#progress;
    this.#progress = { ...this.#progress, epochLoss: 0, epochErrors: 0, epochExamples: 0 };
    return { trainLoss: epochLoss / epochExamples, trainError: epochErrors / epochExamples };
  }

  /**
   * Records an evaluation.
   * @returns whether it is the best so far, on validation; the last one is where there is none
   */
  noteScores(scores: Scores): boolean {
    const { best: old } = this.#progress;
    const best = !old || isBetter(scores, old);
    this.#progress = { ...this.#progress, last: scores, best: best ? scores : old };
    return best;
  }

  /** Records the test scores of the best student. */
  noteTested(best: Scores | null): void {
    this.#progress = { ...this.#progress, best };
  }

  /** Does a teacher update. @returns its duration in milliseconds */
  async #learn(upcoming?: StepInput): Promise<number> {
    const { config, batches, trainer } = this.#run;
    const started = performance.now();
    const { updates } = this.#progress;
    const validation = batches.clean(updates, config.validAugment);
    const { metric, gradientNorm, drift, rejected } = await trainer.learn(validation, upcoming);
    const ms = performance.now() - started;
    this.#progress = { ...this.#progress, windowLength: 0, contexts: [] };
    if (rejected !== undefined) {
      this.#recorder.warn(this.#progress.step, "reversal", `${rejected}. ${FALLEN_BACK}`);
      return ms;
    }
    this.#recorder.updateSeconds.push(ms / 1000);
    const largestDrift =
      drift === null ? this.#progress.largestDrift : Math.max(drift, this.#progress.largestDrift ?? 0);
    this.#progress = { ...this.#progress, updates: updates + 1, largestDrift };
    // The event carries the step that the update belongs to: a resumed run repeats this step, and must not record the
    // update twice.
    const step = this.#progress.step + (upcoming ? 1 : 0);
    this.#recorder.emit({ type: "teacher", step, metric, gradientNorm, drift, ms });
    return ms;
  }
}

function isBetter(scores: Scores, old: Scores): boolean {
  if (scores.validError === null || scores.validLoss === null || old.validError === null || old.validLoss === null) {
    return true;
  }
  return (
    scores.validError < old.validError || (scores.validError === old.validError && scores.validLoss < old.validLoss)
  );
}
