/**
 * @file A training run, from settings to a folder of results: steps, teacher updates, evaluations, checkpoints. The loop knows methods by
 * their interface alone. Everything random depends on counters, so a run that was stopped goes on as if it had not been.
 */

import type { Batches } from "../data/batches.ts";
import type { Task } from "../data/task.ts";
import type { TeacherForm } from "../methods/method.ts";
import type { Identity, Progress } from "./checkpoint.ts";
import { loadCheckpoint, NOT_REHEARSED, NOTHING_DRAWN, saveCheckpoint } from "./checkpoint.ts";
import { identityOf } from "./identity.ts";
import type { TrainConfig } from "./config.ts";
import { learningRate, outputFolder, trainSchema } from "./config.ts";
import type { EvalEvent, RunResults, TrainHooks } from "./events.ts";
import { summarise } from "./metrics.ts";
import { Draws } from "./draws.ts";
import { Recorder, REPORT_EVERY } from "./recorder.ts";
import { Rehearsals } from "./rehearsals.ts";
import { readRecord, RunFolder } from "./run-folder.ts";
import { prepareBatches, prepareData, prepareTrainer } from "./setup.ts";
import { contextOf, exportArrays, importArrays, placeOf, rebuildWindow } from "./state.ts";
import type { AboutTeacher } from "./teacher-file.ts";
import { saveTeacher, teacherArrays } from "./teacher-file.ts";
import type { StepInput, Trainer } from "./trainer.ts";
import { adoptTeacher, originOf, teacherOf } from "./transfer.ts";
import type { TeacherOrigin } from "./transfer.ts";
import { WeightBook } from "./weight-book.ts";

const FRESH: Progress = {
  step: 0,
  updates: 0,
  epochLoss: 0,
  epochErrors: 0,
  epochExamples: 0,
  best: null,
  last: null,
  windowLength: 0,
  contexts: [],
  lossSum: 0,
  draws: NOTHING_DRAWN,
  rehearsals: NOT_REHEARSED,
  wallSeconds: 0,
};

class Run {
  readonly config: TrainConfig;
  readonly task: Task;
  readonly batches: Batches;
  readonly trainer: Trainer;
  readonly folder: RunFolder;
  readonly identity: Identity;
  readonly hooks: TrainHooks;
  readonly recorder: Recorder;
  readonly rehearsals: Rehearsals | undefined;
  progress: Progress = FRESH;
  book: WeightBook;
  draws: Draws;

  constructor(
    config: TrainConfig,
    task: Task,
    batches: Batches,
    trainer: Trainer,
    folder: RunFolder,
    hooks: TrainHooks,
    teacherFrom: TeacherOrigin | undefined,
  ) {
    this.config = config;
    this.task = task;
    this.batches = batches;
    this.trainer = trainer;
    this.folder = folder;
    this.hooks = hooks;
    this.recorder = new Recorder(folder, config, task, trainer, hooks, teacherFrom);
    this.identity = identityOf(config, task, teacherFrom?.sha256);
    this.book = new WeightBook(task.train.count);
    this.draws = this.#draws();
    const plan = trainer.problem.design.rehearsals;
    this.rehearsals = plan && new Rehearsals(plan, { config, task, batches }, trainer, this.recorder);
  }

  get totalSteps(): number {
    return this.config.epochs * this.batches.stepsPerEpoch;
  }

  /** Whether the run is to go no further, though it may not be finished. */
  get #stops(): boolean {
    const { hooks, config, rehearsals, progress } = this;
    if (hooks.signal?.aborted) return true;
    return (rehearsals?.stepsDone ?? 0) + progress.step >= (config.maxSteps ?? Infinity);
  }

  /** Steps between teacher updates; a method that learns nothing has none. */
  get #every(): number {
    return this.trainer.learner?.every ?? Infinity;
  }

  get #learnsBefore(): boolean {
    return this.trainer.learner?.timing === "before";
  }

  resume(): void {
    const { progress, tensors } = loadCheckpoint(this.folder.path, "last", this.identity);
    importArrays(this.trainer, tensors);
    this.progress = progress;
    this.recorder.goOn(progress);
    this.book = new WeightBook(this.task.train.count, tensors);
    this.draws = this.#draws();
    this.rehearsals?.resume(progress.rehearsals, tensors);
    rebuildWindow(this.trainer, this.batches, this.config, progress, tensors);
  }

  async train(): Promise<RunResults> {
    const { config, hooks } = this;
    // Before run.json, so that whatever has one can be resumed.
    if (!hooks.resume) await this.#checkpoint();
    this.recorder.writeRecord(null);
    this.recorder.emit({
      type: "start",
      folder: this.folder.path,
      config,
      engine: this.trainer.engine.identity,
      ...(this.trainer.engine.note === undefined ? {} : { note: this.trainer.engine.note }),
      student: this.recorder.student,
      teacherParameters: this.trainer.problem.teacherParameters,
      examples: { train: this.task.train.count, valid: this.task.valid.count, test: this.task.test.count },
      noiseRate: this.task.noiseRate,
      steps: { done: this.progress.step, perEpoch: this.batches.stepsPerEpoch, total: this.totalSteps },
      ...(this.rehearsals ? { rehearsals: { count: this.rehearsals.count, steps: this.rehearsals.steps } } : {}),
    });
    await this.#rehearse();
    while (this.progress.step < this.totalSteps && !this.#stops) {
      await this.#step();
      const { step } = this.progress;
      const epochEnds = step % this.batches.stepsPerEpoch === 0;
      if (epochEnds) await this.#endEpoch(step / this.batches.stepsPerEpoch);
      if (epochEnds || step % config.checkpointEvery === 0 || this.#stops) await this.#save();
    }
    const total = { steps: this.totalSteps, rehearsed: this.rehearsals?.stepsDone ?? 0 };
    const results = this.recorder.results(this.#now, total, this.book);
    this.folder.writeWeights(this.book.csv(this.task));
    this.recorder.writeRecord(results);
    this.recorder.emit({ type: "done", folder: this.folder.path, results });
    return results;
  }

  async #rehearse(): Promise<void> {
    const { rehearsals } = this;
    while (rehearsals && !rehearsals.over && !this.#stops) {
      await rehearsals.step();
      const { step } = rehearsals.progress;
      if (step === 0 || step % this.config.checkpointEvery === 0 || this.#stops) await this.#save();
    }
  }

  async #step(): Promise<void> {
    const started = performance.now();
    const { epoch, inPeriod } = placeOf(this.progress.step, this.batches.stepsPerEpoch, this.#every);
    const rate = learningRate(this.config, epoch);
    const context = contextOf(this.progress, this.totalSteps, this.task.classes.length);
    const batch = await this.draws.next(context);
    const learnsNow = this.#learnsBefore && inPeriod === 0;
    const updateMs = learnsNow ? await this.#learn({ batch, rate, context }) : 0;
    const outcome = await this.trainer.step(batch, rate, inPeriod, context);
    this.book.note(batch.positions, outcome.weights);
    const stepMs = performance.now() - started - updateMs;
    this.recorder.stepSeconds.push(stepMs / 1000);
    const losses = outcome.losses.reduce((total, loss) => total + loss, 0);
    const before = this.progress;
    const { progress, loss, accuracy } = context;
    const contexts = [...before.contexts, [progress, loss, accuracy] as [number, number, number]];
    this.progress = {
      ...before,
      step: before.step + 1,
      epochLoss: before.epochLoss + losses,
      epochErrors: before.epochErrors + outcome.errors,
      epochExamples: before.epochExamples + batch.size,
      windowLength: this.trainer.window.length,
      contexts: this.trainer.window.length > 0 ? contexts.slice(-this.trainer.window.length) : [],
      lossSum: before.lossSum + losses / batch.size,
    };
    const { step } = this.progress;
    if (step % REPORT_EVERY === 0 || step === 1) {
      this.recorder.emit({
        type: "step",
        step,
        epoch: epoch + 1,
        loss: outcome.loss,
        learningRate: rate,
        stepMs,
        imagesPerSecond: (1000 * batch.size) / stepMs,
        weights: summarise(outcome.weights),
      });
    }
    if (!this.#learnsBefore && step % this.#every === 0) await this.#learn();
  }

  /** A teacher update. @returns milliseconds */
  async #learn(upcoming?: StepInput): Promise<number> {
    const started = performance.now();
    const { updates } = this.progress;
    const validation = this.config.validAugment ? this.batches.validAugmented(updates) : this.batches.valid(updates);
    const { metric, gradientNorm, drift } = await this.trainer.learn(validation, upcoming);
    const ms = performance.now() - started;
    this.recorder.updateSeconds.push(ms / 1000);
    this.progress = { ...this.progress, updates: updates + 1, windowLength: 0, contexts: [] };
    // Under the step that it belongs to, so that a resumed run, which takes this step again, does not tell it twice.
    const step = this.progress.step + (upcoming ? 1 : 0);
    this.recorder.emit({ type: "teacher", step, metric, gradientNorm, drift, ms });
    return ms;
  }

  async #endEpoch(epoch: number): Promise<void> {
    const started = performance.now();
    const { step, epochLoss, epochErrors, epochExamples } = this.progress;
    this.progress = { ...this.progress, epochLoss: 0, epochErrors: 0, epochExamples: 0 };
    this.recorder.emit({ type: "weights", step, epoch, ...this.book.histogram(this.task.train.mask) });
    if (epoch % this.config.evalEvery !== 0 && epoch !== this.config.epochs) return;
    const valid = await this.trainer.evaluate(this.batches, "valid");
    const test = await this.trainer.evaluate(this.batches, "test");
    const old = this.progress.best;
    const best = !old || valid.error < old.validError || (valid.error === old.validError && valid.loss < old.validLoss);
    const scores = { validError: valid.error, validLoss: valid.loss, testError: test.error, testLoss: test.loss, step };
    this.progress = { ...this.progress, last: scores, best: best ? scores : old };
    if (best) {
      const tensors = await exportArrays(this.trainer, ["theta", "state", "omega"]);
      saveCheckpoint(this.folder.path, "best", { progress: this.recorder.timed(this.#now), tensors }, this.identity);
    }
    const event: EvalEvent = {
      type: "eval",
      step,
      epoch,
      trainLoss: epochLoss / epochExamples,
      trainError: epochErrors / epochExamples,
      validLoss: valid.loss,
      validError: valid.error,
      testLoss: test.loss,
      testError: test.error,
      best,
      seconds: (performance.now() - started) / 1000,
    };
    this.recorder.emit(event);
  }

  /** Everything that goes into a checkpoint but arrays. */
  get #now(): Progress {
    const rehearsals = this.rehearsals?.progress ?? NOT_REHEARSED;
    return { ...this.progress, draws: this.draws.progress, rehearsals };
  }

  /** Where batches come from. What a draw leaves out has had no weight in it. */
  #draws(): Draws {
    const onDrop = (positions: Uint32Array): void => this.book.note(positions, new Float32Array(positions.length));
    return new Draws(this.trainer, this.batches, { onDrop }, this.progress.draws);
  }

  async #save(): Promise<void> {
    await this.#checkpoint();
    this.recorder.emit({ type: "checkpoint", step: this.progress.step });
  }

  async #checkpoint(): Promise<void> {
    const tensors = await exportArrays(this.trainer);
    for (const [name, tensor] of this.book.tensors()) tensors.set(name, tensor);
    for (const [name, tensor] of this.rehearsals?.tensors() ?? []) tensors.set(name, tensor);
    saveCheckpoint(this.folder.path, "last", { progress: this.recorder.timed(this.#now), tensors }, this.identity);
    const { form } = this.trainer.problem.design;
    // What rehearsals have not finished is no teacher yet.
    if (form && (this.rehearsals?.over ?? true))
      saveTeacher(this.folder.path, teacherArrays(tensors, form), this.#aboutTeacher(form));
  }

  #aboutTeacher({ options, perClass }: TeacherForm): AboutTeacher {
    const { method, student, data } = this.config;
    const { classes } = this.task;
    return { method, options, perClass, classes: [...classes], student, data, step: this.progress.step };
  }
}

/**
 * Trains in this thread. Engines may hold the thread for the length of a step: use `trainInThread` where the event loop must stay free.
 * @throws ConfigError, DataError, CheckpointError, DivergedError
 */
export async function train(config: TrainConfig, hooks: TrainHooks = {}): Promise<RunResults> {
  const folder = new RunFolder(outputFolder(config), hooks.resume ?? false);
  // A run that goes on has its teacher in its checkpoint.
  const teacher = hooks.resume ? undefined : teacherOf(config);
  const task = await prepareData(config, hooks.signal ? { signal: hooks.signal } : {});
  const batches = prepareBatches(config, task);
  const trainer = await prepareTrainer(config, task);
  // What `auto` and all cores came to mean: a resumed run must not end up elsewhere, where sums are rounded otherwise.
  const { name, threads } = trainer.engine.identity;
  const settled = trainSchema.parse({ ...config, engine: name, threads });
  try {
    if (teacher) adoptTeacher(trainer, teacher, config, task.classes);
    folder.create();
    const origin = hooks.resume ? readRecord(folder.path).teacherFrom : teacher && originOf(teacher);
    const run = new Run(settled, task, batches, trainer, folder, hooks, origin);
    if (hooks.resume) run.resume();
    return await run.train();
  } finally {
    await trainer.close();
  }
}
