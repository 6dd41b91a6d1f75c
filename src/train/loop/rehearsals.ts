/**
 * @file Rehearsals: meta-training runs before the real one. A method learns ω from each whole run, and its student is
 * then discarded. Each rehearsal has its own seed, which determines its parameters, batches, crops and selections. It
 * follows the run's learning-rate schedule, scaled to its own length.
 */

import type { Batches } from "../../tasks/batches.ts";
import type { Task } from "../../tasks/task.ts";
import type { RehearsalPlan, Rehearser } from "../../methods/learning/rehearsal.ts";
import type { Moment } from "../../objectives/view.ts";
import { Random } from "../../random.ts";
import type { Tensor } from "../../tensor.ts";
import type { RehearsalsProgress } from "../progress.ts";
import { NOTHING_DRAWN, NOT_REHEARSED } from "../progress.ts";
import type { TrainConfig } from "../config.ts";
import type { DrawsHooks } from "./draws.ts";
import { Draws } from "./draws.ts";
import { leaves } from "../../tree.ts";
import { checkTeacher } from "../step/finite.ts";
import { beliefs, evaluate } from "../step/evaluation.ts";
import type { Recorder } from "../record/recorder.ts";
import { REPORT_EVERY } from "../record/recorder.ts";
import type { RunParts } from "../setup.ts";
import { prepareBatches, untrustedBatches } from "../setup.ts";
import { scheduleOf } from "../../optim/schedules.ts";
import { meanLoss } from "../schedule.ts";

/** Prefix of the rehearser's arrays in checkpoints. */
const PREFIX = "rehearsals.";

/** Count, length and task of a method's rehearsals; undefined without rehearsals. */
export function rehearsalsOf(plan: RehearsalPlan | undefined, { config, task, batches }: Omit<RunParts, "trainer">) {
  if (!plan) return undefined;
  const own = plan.part === "annotated" ? task.annotated() : task;
  const { stepsPerPass } = prepareBatches(config, own);
  const steps = plan.steps({ steps: config.epochs * batches.stepsPerPass, epochs: config.epochs, stepsPerPass });
  return { count: plan.count, steps, task: own };
}

/** Seed of rehearsal `number` (from 0). */
const seedOf = ({ seed }: TrainConfig, number: number): number => new Random(seed, "rehearsal", number).uint32();

export class Rehearsals {
  readonly count: number;
  /** Student steps of each rehearsal. */
  readonly steps: number;
  /** Task of the rehearsals, whose training part is `plan.part`. */
  readonly #task: Task;
  readonly #plan: RehearsalPlan;
  readonly #rehearser: Rehearser;
  readonly #run: RunParts;
  readonly #recorder: Recorder;
  #progress: RehearsalsProgress = NOT_REHEARSED;
  #batches: Batches;
  #draws: Draws;

  constructor(plan: RehearsalPlan, run: RunParts, recorder: Recorder) {
    const { count, steps, task } = rehearsalsOf(plan, run)!;
    this.count = count;
    this.steps = steps;
    this.#task = task;
    this.#plan = plan;
    this.#rehearser = run.trainer.rehearser!;
    this.#run = run;
    this.#recorder = recorder;
    this.#batches = this.#batchesNow();
    this.#draws = this.#drawsNow();
    if (count > 0) run.trainer.begin(this.#seed);
  }

  get progress(): RehearsalsProgress {
    return { ...this.#progress, draws: this.#draws.progress };
  }

  /** Student steps done in all rehearsals. */
  get stepsDone(): number {
    return this.#progress.done * this.steps + this.#progress.step;
  }

  get over(): boolean {
    return this.#progress.done === this.count;
  }

  /** Continues from a checkpoint. The caller restores the arrays of the student. */
  resume(progress: RehearsalsProgress, tensors: ReadonlyMap<string, Tensor>): void {
    this.#progress = progress;
    this.#batches = this.#batchesNow();
    this.#draws = this.#drawsNow();
    const own = [...tensors].filter(([name]) => name.startsWith(PREFIX));
    this.#rehearser.load(new Map(own.map(([name, tensor]) => [name.slice(PREFIX.length), tensor])));
  }

  /** Arrays of the rehearser, for a checkpoint. */
  tensors(): [string, Tensor][] {
    return [...this.#rehearser.save()].map(([name, tensor]) => [`${PREFIX}${name}`, tensor]);
  }

  /**
   * Does the next student step. After the last step of a rehearsal the method learns, and the next student begins: that
   * of the next rehearsal, or the real one.
   */
  async step(): Promise<void> {
    const started = performance.now();
    const { config, batches } = this.#run;
    const { step } = this.#progress;
    const moment = this.#moment();
    const place = (all: number): number => Math.floor((step * all) / this.steps);
    const total = config.epochs * batches.stepsPerPass;
    const rate = scheduleOf(config)({ step: place(total), epoch: place(config.epochs) });
    const batch = await this.#draws.next(moment);
    const { trainer } = this.#run;
    const input = { batch, rate, moment, ...trainer.keyOf(this.#seed, step) };
    const { losses, lossSum, loss, parts } = await trainer.step(input, 0);
    const { wrong } = this.#task.parts.train;
    this.#rehearser.observeStep?.({
      progress: moment.progress,
      ...(this.#plan.part === "annotated" && wrong ? { wrong: Array.from(batch.positions, (n) => wrong[n]!) } : {}),
      losses,
    });
    this.#progress = {
      ...this.#progress,
      step: step + 1,
      lossSum: this.#progress.lossSum + lossSum / parts,
    };
    const stepMs = performance.now() - started;
    const rehearsal = this.#progress.done + 1;
    const recorded = step === 0 || (step + 1) % REPORT_EVERY === 0 || step + 1 === this.steps;
    this.#recorder.emitStep(recorded, () => ({
      type: "rehearsal",
      rehearsal,
      step: step + 1,
      loss,
      learningRate: rate,
      stepMs,
    }));
    await this.#check();
    if (step + 1 === this.steps) await this.#end();
  }

  /** Measures validation accuracy at the steps that the plan sets. */
  async #check(): Promise<void> {
    const { step, checks } = this.#progress;
    const due = (steps: number): number => Math.floor((steps * this.#plan.checks) / this.steps);
    if (due(step) === due(step - 1)) return;
    const { trainer } = this.#run;
    const accuracy = trainer.problem.objective.standing(await evaluate(trainer, this.#batches, "valid"));
    this.#progress = { ...this.#progress, checks: [...checks, { step, accuracy }] };
  }

  async #end(): Promise<void> {
    const started = performance.now();
    const { done, checks } = this.#progress;
    const omega = await this.#run.trainer.readOmega();
    const lesson = await this.#rehearser.learn({
      omega,
      steps: this.steps,
      checks,
      beliefs: () => beliefs(this.#run.trainer, this.#batches, ["valid", "trusted"]),
      seed: this.#seed,
    });
    checkTeacher(leaves(lesson.omega), this.#run.trainer.problem.about);
    this.#run.trainer.writeOmega(lesson.omega);
    this.#progress = { ...NOT_REHEARSED, done: done + 1, draws: NOTHING_DRAWN };
    this.#batches = this.#batchesNow();
    this.#draws = this.#drawsNow();
    this.#run.trainer.begin(this.over ? this.#run.config.seed : this.#seed);
    const seconds = (performance.now() - started) / 1000;
    this.#recorder.emit({ type: "rehearsed", rehearsal: done + 1, facts: lesson.facts, seconds });
  }

  /** Seed of the current rehearsal. */
  get #seed(): number {
    return seedOf(this.#run.config, this.#progress.done);
  }

  #batchesNow(): Batches {
    const { config } = this.#run;
    const task = this.#task.reseeded(this.#seed);
    return this.#plan.withoutTrusted ? untrustedBatches(config, task) : prepareBatches(config, task);
  }

  #drawsNow(): Draws {
    const rehearser = this.#rehearser;
    const hooks: DrawsHooks = rehearser.observeDraw ? { onSlope: (slope) => rehearser.observeDraw!(slope) } : {};
    return new Draws(this.#run.trainer, this.#batches, this.#seed, hooks, this.#progress.draws);
  }

  #moment(): Moment {
    const { step, lossSum, checks } = this.#progress;
    return {
      progress: step / this.steps,
      loss: meanLoss(lossSum, step, this.#run.task.objective.chance),
      accuracy: Math.max(0, ...checks.map(({ accuracy }) => accuracy)),
    };
  }
}
