/**
 * @file The state of a run and the two things that change it: a student step and a teacher update. Arrays stay in the engine between
 * steps; what is needed of a step's past is kept in the window, by reference.
 */

import type { Batch } from "../../tasks/images/batches.ts";
import type { DeviceTensor, Engine } from "../../engines/engine.ts";
import { Programs } from "../../engines/programs.ts";
import type { Graph } from "../../graph/graph.ts";
import type { StepRecord } from "../../hyper/sweep.ts";
import type { Learner, Lesson } from "../../methods/learning/learner.ts";
import type { Rehearser } from "../../methods/learning/rehearsal.ts";
import type { RunContext } from "../../objectives/view.ts";
import { START } from "../../objectives/view.ts";
import type { Tensor } from "../../tensor.ts";
import { asFloat32, item, tensor, zeros } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { leaves, unflatten } from "../../tree.ts";
import { DivergedError } from "../../errors.ts";
import { stepGraph } from "./graphs.ts";
import { countErrors } from "../metrics.ts";
import type { TrainingProblem } from "./problem.ts";
import { inWindow, keepsTheta } from "./window.ts";

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
  /** ℓₖ `[N]`, nats, and their sum. */
  readonly losses: Float32Array;
  readonly lossSum: number;
  /** wₖ `[N]` */
  readonly weights: Float32Array;
  /** Examples whose largest logit is not the given label. */
  readonly errors: number;
}

/** What a student step is taken with. */
export interface StepInput {
  readonly batch: Batch;
  /** η */
  readonly rate: number;
  readonly context: RunContext;
}

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
    const inner = (size: number) => problem.inner(size);
    this.learner = problem.design.learner?.(engine, inner, problem.outer(), problem.clean());
    this.rehearser = problem.design.rehearsals?.rehearser(engine);
    const { theta, state, omega } = problem.initial;
    this.arrays = {
      ...this.#beginning(theta, state),
      omega: this.upload(leaves(omega)),
      memory: this.upload(this.learner?.init() ?? []),
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
    this.arrays = { ...this.arrays, omega: this.upload(leaves(omega)) };
  }

  /** One student step with learning rate η. `stepInPeriod` counts from 0 since the last teacher update. */
  async step(batch: Batch, rate: number, stepInPeriod: number, context: RunContext = START): Promise<StepOutcome> {
    const { theta, velocity, state, omega } = this.arrays;
    const record = this.record({ batch, rate, context }, stepInPeriod);
    const inputs = [...theta, ...velocity, ...state, ...omega, ...record.batch, record.rate];
    const outputs = await this.run(`step ${batch.size}`, () => stepGraph(this.problem, batch.size), inputs);
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
    if (inWindow(this.learner, stepInPeriod)) this.window.push(record);
    const perExample = asFloat32(losses!);
    return {
      loss: lossNow,
      losses: perExample,
      lossSum: perExample.reduce((total, x) => total + x, 0),
      weights: asFloat32(weights!),
      errors: countErrors(logits!.data, batch.y),
    };
  }

  /** What the sweep needs of a step about to be taken; also how a resumed run rebuilds its window. */
  record({ batch, rate, context }: StepInput, stepInPeriod: number, thetaBefore = this.arrays.theta): StepRecord {
    const kept = keepsTheta(this.learner, stepInPeriod) ? { thetaBefore } : {};
    return {
      batch: this.inputs(batch, context),
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
      validation: [...this.inputs(validation), ...extra],
    });
    this.arrays = { ...this.arrays, omega: lesson.omega, memory: lesson.memory };
    this.window = [];
    return lesson;
  }

  /** Runs a program on arrays of this engine; `graph` is made and compiled the first time. */
  async run(name: string, graph: () => Graph, inputs: readonly DeviceTensor[]): Promise<DeviceTensor[]> {
    const program = await this.#programs.get(name, graph);
    return program.run(inputs);
  }

  /** x, y and, for what looks at a batch in training, the context, as graphs take them. */
  inputs({ x, y, size }: Batch, context?: RunContext): DeviceTensor[] {
    const { progress, loss, accuracy } = context ?? START;
    return this.upload([
      tensor(x, [size, ...this.problem.task.shape]),
      tensor(y, [size]),
      ...(context ? [tensor(Float32Array.of(progress, loss, accuracy), [3])] : []),
    ]);
  }

  upload(tensors: readonly Tensor[]): DeviceTensor[] {
    return tensors.map((x) => this.engine.upload(x));
  }

  async close(): Promise<void> {
    await this.#programs.close();
    await this.learner?.close();
  }

  #beginning(theta: Tree<Tensor>, state: Tree<Tensor>): Pick<RunArrays, "theta" | "velocity" | "state"> {
    const velocity = leaves(theta).map(({ shape }) => zeros(shape));
    return {
      theta: this.upload(leaves(theta)),
      velocity: this.upload(velocity),
      state: this.upload(leaves(state)),
    };
  }
}
