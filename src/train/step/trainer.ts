/**
 * @file The state of a run and the two operations that change it: a student step and a teacher update. Arrays
 * stay in the engine between steps; the window keeps the steps that an update goes back through, by reference.
 */

import type { DeviceTensor, Engine } from "../../engines/engine.ts";
import { programName, Programs } from "../../engines/programs.ts";
import type { Like, NamedGraph } from "../../graph/named.ts";
import type { StepRecord } from "../../hyper/sweep.ts";
import type { Learner, Update } from "../../methods/learning/learner.ts";
import type { Rehearser } from "../../methods/learning/rehearsal.ts";
import type { Moment } from "../../objectives/view.ts";
import { START } from "../../objectives/view.ts";
import type { Mode } from "../../nn/layer.ts";
import type { OptimizerState } from "../../optim/optimizer.ts";
import { stepKey } from "../../random.ts";
import type { Batch } from "../../tasks/batches.ts";
import type { Tensor } from "../../tensor.ts";
import { asFloat32, item, tensor } from "../../tensor.ts";
import type { Arrays, Tree } from "../../tree.ts";
import { entries, leaves, unflatten } from "../../tree.ts";
import { checkStep, checkUpdate } from "./finite.ts";
import { stepGraph } from "./graphs.ts";
import { KEY, MOMENT } from "./pass.ts";
import type { TrainingProblem } from "./problem.ts";
import { statisticsName } from "./problem.ts";
import { inWindow, keepsTheta } from "./window.ts";

/** All arrays of a run. */
export interface RunArrays {
  readonly theta: readonly DeviceTensor[];
  /** The student's optimiser: `velocity`. */
  readonly optimizer: OptimizerState<DeviceTensor>;
  /** Running statistics. */
  readonly statistics: readonly DeviceTensor[];
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
  /** Σ of the examples' errors against the given targets: of classes, their number. */
  readonly errors: number;
}

/** A student step about to be taken. */
export interface StepInput {
  readonly batch: Batch;
  /** η */
  readonly rate: number;
  readonly moment: Moment;
  /** `[4]`: the step's key, of a student that draws random numbers. */
  readonly key?: Tensor;
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
  /** Whether the window keeps the parameters of each step, since reversing steps has drifted too far. */
  snapshots = false;
  readonly #validBn: Mode;
  readonly #programs: Programs;

  constructor(engine: Engine, problem: TrainingProblem, options: { readonly validBn: Mode }) {
    this.engine = engine;
    this.#programs = new Programs(engine);
    this.problem = problem;
    this.#validBn = options.validBn;
    const { learning } = problem.design;
    const { inner, outer, clean } = problem;
    if (learning?.by === "learner") this.learner = learning.make({ engine, inner, outer, clean });
    if (learning?.by === "rehearsals") this.rehearser = learning.plan.rehearser(engine);
    const { theta, statistics, omega } = problem.initial;
    this.arrays = {
      ...this.#beginning(theta, statistics),
      omega: this.upload(leaves(omega)),
      memory: this.upload(this.learner?.init() ?? []),
    };
  }

  /** Starts over with another student, of a seed's parameters. ω and the learner's memory stay. */
  begin(seed: number): void {
    const { params, statistics } = this.problem.student.init(seed);
    this.arrays = { ...this.arrays, ...this.#beginning(params, statistics) };
    this.window = [];
  }

  /** ω on the host. */
  async readOmega(): Promise<Tree<Tensor>> {
    return unflatten(this.problem.initial.omega, await Promise.all(this.arrays.omega.map((x) => x.read())));
  }

  /** Puts another ω in place. */
  writeOmega(omega: Tree<Tensor>): void {
    this.arrays = { ...this.arrays, omega: this.upload(leaves(omega)) };
  }

  /**
   * The key of a step, where the student draws random numbers.
   * @param seed of the student's training @param step counted from 0 over all of it
   */
  keyOf(seed: number, step: number): Pick<StepInput, "key"> {
    return this.problem.student.random ? { key: tensor(stepKey(seed, "dropout", step)) } : {};
  }

  /**
   * One student step.
   * @param stepInPeriod counted from 0 since the last teacher update
   * @throws DivergedError when a loss or a weight is not finite
   */
  async step(input: StepInput, stepInPeriod: number): Promise<StepOutcome> {
    const { theta, optimizer, statistics, omega } = this.arrays;
    const record = this.record(input, stepInPeriod);
    const { batch, rate } = record;
    const make = () => stepGraph(this.problem, batch);
    const inputs = { theta, optimizer, statistics, omega, batch, rate };
    const after = await this.run(programName("step", batch), make, inputs);
    const loss = item(await after.loss.read());
    const read = async (x: DeviceTensor): Promise<Float32Array> => asFloat32(await x.read());
    const [losses, weights, errors] = await Promise.all([read(after.losses), read(after.weights), read(after.errors)]);
    checkStep({ loss, losses, weights }, { ...this.problem.about, rate: input.rate });
    this.arrays = {
      ...this.arrays,
      ...(after.omega.length > 0 ? { omega: after.omega } : {}),
      theta: after.theta,
      optimizer: after.optimizer,
      statistics: after.statistics,
    };
    if (inWindow(this.learner, stepInPeriod)) this.window.push(record);
    return { loss, losses, lossSum: sum(losses), weights, errors: sum(errors) };
  }

  /**
   * A step as the sweep needs it.
   * @param thetaBefore the parameters before it; a resumed run, which rebuilds its window, has them from its
   * checkpoint
   */
  record({ batch, rate, moment, key }: StepInput, stepInPeriod: number, thetaBefore = this.arrays.theta): StepRecord {
    const kept = keepsTheta(this.learner, stepInPeriod, this.snapshots) ? { thetaBefore } : {};
    return {
      batch: this.inputs(batch, moment, key),
      rate: this.engine.upload(tensor(Float32Array.of(rate), [])),
      ...kept,
    };
  }

  /**
   * A teacher update, on a clean validation batch. Only ω and the learner's memory change; neither does if the update
   * is rejected, and the next windows then keep the parameters of each step.
   * @param upcoming the step about to be taken, for a learner that updates before it
   * @throws DivergedError when the gradient or the new ω is not finite
   */
  async learn(validation: Batch, upcoming?: StepInput): Promise<Update> {
    const { theta, optimizer, omega, memory } = this.arrays;
    const update = await this.learner!.update({
      theta,
      velocity: optimizer["velocity"]!,
      omega,
      memory,
      window: this.window,
      ...(upcoming ? { upcoming: this.record(upcoming, 0) } : {}),
      validation: { ...this.inputs(validation), ...this.#cleanStatistics() },
      ...(this.snapshots ? { reversal: "snapshot" as const } : {}),
    });
    if (update.rejected === undefined) await checkUpdate(update, this.problem.about);
    else this.snapshots = true;
    this.arrays = { ...this.arrays, omega: update.omega, memory: update.memory };
    this.window = [];
    return update;
  }

  /** Runs a program on arrays of this engine; `make` traces it the first time. */
  run<I, O>(name: string, make: () => NamedGraph<I, O>, inputs: Like<I, DeviceTensor>): Promise<Like<O, DeviceTensor>> {
    return this.#programs.run(name, make, inputs);
  }

  /**
   * A batch in the engine; for programs that look at it in training, with the moment of the run, and for a step with its
   * key. Without a key nothing is dropped: in evaluation, clean batches, selection and inspection.
   */
  inputs({ arrays }: Batch, moment?: Moment, key?: Tensor): Arrays<DeviceTensor> {
    const { progress, loss, accuracy } = moment ?? START;
    const all = {
      ...arrays,
      ...(moment ? { [MOMENT]: tensor(Float32Array.of(progress, loss, accuracy), [3]) } : {}),
      ...(key ? { [KEY]: key } : {}),
    };
    return Object.fromEntries(Object.entries(all).map(([name, array]) => [name, this.engine.upload(array)]));
  }

  upload(tensors: readonly Tensor[]): DeviceTensor[] {
    return tensors.map((x) => this.engine.upload(x));
  }

  async close(): Promise<void> {
    await this.#programs.close();
    await this.learner?.close();
  }

  #cleanStatistics(): Arrays<DeviceTensor> {
    if (this.#validBn === "train") return {};
    const named = entries(this.problem.initial.statistics);
    return Object.fromEntries(named.map(([path], i) => [statisticsName(path), this.arrays.statistics[i]!]));
  }

  #beginning(theta: Tree<Tensor>, statistics: Tree<Tensor>): Pick<RunArrays, "theta" | "optimizer" | "statistics"> {
    const groups = Object.entries(this.problem.optimizer.init(leaves(theta)));
    return {
      theta: this.upload(leaves(theta)),
      optimizer: Object.fromEntries(groups.map(([name, group]) => [name, this.upload(group)])),
      statistics: this.upload(leaves(statistics)),
    };
  }
}

const sum = (numbers: Float32Array): number => numbers.reduce((total, x) => total + x, 0);
