/**
 * @file The state of a run and the two things that change it: a student step and a teacher update. Arrays stay in the engine between
 * steps; what is needed of a step's past is kept in the window, by reference.
 */

import type { Batch, Batches } from "../data/batches.ts";
import type { DeviceTensor, Engine } from "../engines/engine.ts";
import { Programs } from "../engines/programs.ts";
import type { StepRecord } from "../hyper/sweep.ts";
import type { Learner, Lesson, Rehearser, RunContext } from "../methods/method.ts";
import type { Tensor } from "../tensor.ts";
import { asFloat32, item, tensor, zeros } from "../tensor.ts";
import type { Tree } from "../tree.ts";
import { leaves, unflatten } from "../tree.ts";
import { DivergedError } from "../errors.ts";
import { argmax, countErrors } from "./metrics.ts";
import type { TrainingProblem } from "./problem.ts";

/** All arrays of a run, in the order in which graphs take them. */
export interface RunArrays {
  readonly theta: readonly DeviceTensor[];
  readonly velocity: readonly DeviceTensor[];
  /** Running statistics. */
  readonly state: readonly DeviceTensor[];
  readonly omega: readonly DeviceTensor[];
  /** The learner's own arrays. */
  readonly memory: readonly DeviceTensor[];
}

export interface StepOutcome {
  /** Σ wₖ ℓₖ, nats. */
  readonly loss: number;
  /** ℓₖ `[N]` */
  readonly losses: Float32Array;
  /** wₖ `[N]` */
  readonly weights: Float32Array;
  /** Examples whose largest logit is not the given label. */
  readonly errors: number;
}

/** A batch as the method sees it. */
export interface BatchView {
  /** ℓₖ `[N]`, nats */
  readonly losses: Float32Array;
  /** wₖ `[N]` */
  readonly weights: Float32Array;
  /** I0 `[N, d]` */
  readonly states: Float32Array;
}

/** What the method keeps of a batch. */
export interface Choice {
  /** `[N]`: 1 for what is kept, 0 for the rest. */
  readonly keep: Float32Array;
  /** ∂ likelihood / ∂ω, if it was asked for and the selection tells one. */
  readonly slope?: Tree<Tensor>;
}

export interface Evaluation {
  /** Mean cross-entropy, nats. */
  readonly loss: number;
  /** Share of examples, in [0, 1]. */
  readonly error: number;
  /** Predicted class of each example. */
  readonly predictions: Int32Array;
}

/** What a student step is taken with. */
export interface StepInput {
  readonly batch: Batch;
  /** η */
  readonly rate: number;
  readonly context: RunContext;
}

/** A run that has not begun. */
export const START: RunContext = { progress: 0, loss: 1, accuracy: 0 };

/** How many examples are evaluated at once. */
const EVALUATION_BATCH = 250;

/** Holds a run's arrays and compiled programs. `step` and `learn` replace arrays; nothing is changed in place. */
export class Trainer {
  readonly engine: Engine;
  readonly problem: TrainingProblem;
  readonly learner: Learner | undefined;
  readonly rehearser: Rehearser | undefined;
  arrays: RunArrays;
  /** The last steps that the next teacher update will go back through, oldest first. */
  window: StepRecord[] = [];
  readonly #validBn: "train" | "eval";
  readonly #programs: Programs;

  constructor(engine: Engine, problem: TrainingProblem, options: { readonly validBn: "train" | "eval" }) {
    this.engine = engine;
    this.#programs = new Programs(engine);
    this.problem = problem;
    this.#validBn = options.validBn;
    this.learner = problem.design.learner?.(engine, (size) => problem.inner(size), problem.outer());
    this.rehearser = problem.design.rehearsals?.rehearser(engine);
    const { theta, state, omega } = problem.initial;
    this.arrays = {
      ...this.#beginning(theta, state),
      omega: this.#upload(leaves(omega)),
      memory: this.#upload(this.learner?.init() ?? []),
    };
  }

  /** Starts over with another student, of a seed's parameters. ω and the learner's memory stay. */
  begin(seed: number): void {
    const { params, state } = this.problem.student.init(seed);
    this.arrays = { ...this.arrays, ...this.#beginning(params, state) };
    this.window = [];
  }

  /** ω on the host, and another one in its place. */
  async readOmega(): Promise<Tree<Tensor>> {
    return unflatten(this.problem.initial.omega, await Promise.all(this.arrays.omega.map((x) => x.read())));
  }

  writeOmega(omega: Tree<Tensor>): void {
    this.arrays = { ...this.arrays, omega: this.#upload(leaves(omega)) };
  }

  /** One student step with learning rate η. `stepInPeriod` counts from 0 since the last teacher update. */
  async step(batch: Batch, rate: number, stepInPeriod: number, context: RunContext = START): Promise<StepOutcome> {
    const { theta, velocity, state, omega } = this.arrays;
    const record = this.record({ batch, rate, context }, stepInPeriod);
    const program = await this.#programs.get(`step ${batch.size}`, () => this.problem.stepGraph(batch.size));
    const outputs = await program.run([...theta, ...velocity, ...state, ...omega, ...record.batch, record.rate]);
    const [losses, weights, loss, logits] = await Promise.all(outputs.slice(-4).map((x) => x.read()));
    const lossNow = item(loss!);
    if (!Number.isFinite(lossNow)) {
      throw new DivergedError(
        `training: expected a finite loss, got ${lossNow}. Lower --lr (now ${rate}), or raise --batch`,
      );
    }
    const [P, S] = [theta.length, state.length];
    const followed = outputs.slice(2 * P + S, -4);
    this.arrays = {
      ...this.arrays,
      ...(followed.length > 0 ? { omega: followed } : {}),
      theta: outputs.slice(0, P),
      velocity: outputs.slice(P, 2 * P),
      state: outputs.slice(2 * P, 2 * P + S),
    };
    if (this.#inWindow(stepInPeriod)) this.window.push(record);
    return {
      loss: lossNow,
      losses: asFloat32(losses!),
      weights: asFloat32(weights!),
      errors: countErrors(logits!.data, batch.y),
    };
  }

  /** What the sweep needs of a step about to be taken; also how a resumed run rebuilds its window. */
  record({ batch, rate, context }: StepInput, stepInPeriod: number, thetaBefore = this.arrays.theta): StepRecord {
    const kept = this.#keepsTheta(stepInPeriod) ? { thetaBefore } : {};
    return {
      batch: [...this.#uploadBatch(batch), this.#uploadContext(context)],
      rate: this.engine.upload(tensor(Float32Array.of(rate), [])),
      ...kept,
    };
  }

  /**
   * A teacher update, on a clean validation batch. Only ω and the learner's memory change.
   * @param upcoming the step about to be taken, for a learner that goes before it
   */
  async learn(validation: Batch, upcoming?: StepInput): Promise<Lesson> {
    const extra = this.#validBn === "eval" ? this.arrays.state : [];
    const lesson = await this.learner!.update({
      ...this.arrays,
      window: this.window,
      ...(upcoming ? { upcoming: this.record(upcoming, 0) } : {}),
      validation: [...this.#uploadBatch(validation), ...extra],
    });
    this.arrays = { ...this.arrays, omega: lesson.omega, memory: lesson.memory };
    this.window = [];
    return lesson;
  }

  /** What the method sees of a batch and makes of it, without a step. */
  async view(batch: Batch, context: RunContext = START): Promise<BatchView> {
    const { theta, omega } = this.arrays;
    const program = await this.#programs.get(`view ${batch.size}`, () => this.problem.viewGraph(batch.size));
    const outputs = await program.run([...theta, ...omega, ...this.#uploadBatch(batch), this.#uploadContext(context)]);
    const [losses, weights, states] = await Promise.all(outputs.map(async (x) => asFloat32(await x.read())));
    return { losses: losses!, weights: weights!, states: states! };
  }

  /**
   * What the method keeps of a batch, without a step. For methods that select.
   * @param uniforms `[N]` random numbers in [0, 1)
   * @param slope whether to take the derivative too
   */
  async select(batch: Batch, context: RunContext, uniforms: Float32Array, slope: boolean): Promise<Choice> {
    const { theta, omega } = this.arrays;
    const name = `selection ${batch.size}${slope ? " with slope" : ""}`;
    const program = await this.#programs.get(name, () => this.problem.selectGraph(batch.size, slope));
    const inputs = [...this.#uploadBatch(batch), this.#uploadContext(context), ...this.#upload([tensor(uniforms)])];
    const [keep, ...rest] = await Promise.all(
      (await program.run([...theta, ...omega, ...inputs])).map((output) => output.read()),
    );
    return {
      keep: asFloat32(keep!),
      ...(rest.length > 0 ? { slope: unflatten(this.problem.initial.omega, rest) } : {}),
    };
  }

  /** Mean loss and error over a part, with running statistics. */
  async evaluate(batches: Batches, part: "valid" | "test"): Promise<Evaluation> {
    const { theta, state } = this.arrays;
    const { classes } = this.problem.task;
    let [lossSum, errors, count] = [0, 0, 0];
    const predictions: number[] = [];
    for (const batch of batches.evaluate(part, EVALUATION_BATCH)) {
      const program = await this.#programs.get(`evaluation ${batch.size}`, () =>
        this.problem.evaluationGraph(batch.size),
      );
      const outputs = await program.run([...theta, ...state, ...this.#uploadBatch(batch)]);
      const [losses, logits] = await Promise.all(outputs.map((x) => x.read()));
      lossSum += Array.from(losses!.data).reduce((total, loss) => total + loss, 0);
      errors += countErrors(logits!.data, batch.y);
      for (let n = 0; n < batch.size; n++) predictions[count + n] = argmax(logits!.data, n * classes, classes);
      count += batch.size;
    }
    return { loss: lossSum / count, error: errors / count, predictions: Int32Array.from(predictions) };
  }

  async close(): Promise<void> {
    await this.#programs.close();
    await this.learner?.close();
    await this.rehearser?.close();
  }

  #beginning(theta: Tree<Tensor>, state: Tree<Tensor>): Pick<RunArrays, "theta" | "velocity" | "state"> {
    const velocity = leaves(theta).map(({ shape }) => zeros(shape));
    return {
      theta: this.#upload(leaves(theta)),
      velocity: this.#upload(velocity),
      state: this.#upload(leaves(state)),
    };
  }

  #upload(tensors: readonly Tensor[]): DeviceTensor[] {
    return tensors.map((x) => this.engine.upload(x));
  }

  /** Whether the step lies among the last B of its K. */
  #inWindow(stepInPeriod: number): boolean {
    if (this.learner?.timing !== "after") return false;
    return stepInPeriod >= this.learner.every - this.learner.window;
  }

  #keepsTheta(stepInPeriod: number): boolean {
    if (!this.#inWindow(stepInPeriod)) return false;
    return this.learner!.keeps === "every" || stepInPeriod === this.learner!.every - this.learner!.window;
  }

  #uploadContext({ progress, loss, accuracy }: RunContext): DeviceTensor {
    return this.engine.upload(tensor(Float32Array.of(progress, loss, accuracy), [3]));
  }

  #uploadBatch({ x, y, size }: Batch): DeviceTensor[] {
    return [this.engine.upload(tensor(x, [size, ...this.problem.task.shape])), this.engine.upload(tensor(y, [size]))];
  }
}
