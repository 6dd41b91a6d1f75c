/**
 * @file Algorithm 1 as programs of an engine: the validation gradient, then B steps backwards, each one call. Time: 3 + 9 (B − 1) + 3
 * forward passes; memory: one copy of (θ, v, dθ, dv), whatever B is, in `float` reversal, and B copies of (θ, v) in `snapshot`.
 *
 * Everything runs on arrays of its own: the student's parameters, momentum and running statistics are only read.
 */

import type { DeviceTensor, Engine, Program } from "../engines/engine.ts";
import { Programs } from "../engines/programs.ts";
import type { Graph } from "../graph/graph.ts";
import { trace } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import { simplify } from "../ops/simplify.ts";
import { add } from "../ops/elementwise.ts";
import type { Spec } from "../tensor.ts";
import { float, item, zeros } from "../tensor.ts";
import { gradient } from "../transform/grad.ts";
import type { Adjoint } from "./adjoint.ts";
import { adjointStep, largestDifference, lastAdjointStep } from "./adjoint.ts";
import type { InnerProblem, OuterProblem } from "./problem.ts";

/** How θₜ and vₜ come back: by undoing steps in floating point (the paper's way), or from memory. */
export type Reversal = "float" | "snapshot";

/** What must be remembered of one student step. */
export interface StepRecord {
  readonly batch: readonly DeviceTensor[];
  /** ηₜ as a scalar. */
  readonly rate: DeviceTensor;
  /** θₜ, before the step: needed in `snapshot`, and for the drift meter at the window's start in `float`. */
  readonly thetaBefore?: readonly DeviceTensor[];
}

export interface SweepInput {
  /** θ_K and v_K. */
  readonly theta: readonly DeviceTensor[];
  readonly velocity: readonly DeviceTensor[];
  /** ω, as it was during the whole window. */
  readonly omega: readonly DeviceTensor[];
  /** The last B steps, oldest first. */
  readonly window: readonly StepRecord[];
  readonly validation: readonly DeviceTensor[];
}

export interface SweepResult {
  /** dM/dω, one array per teacher parameter. */
  readonly dOmega: readonly DeviceTensor[];
  /** M at θ_K on the validation batch. */
  readonly metric: number;
  /** max |θ recovered − θ kept| at the window's start: the drift of the reversal. Null in `snapshot`, or when nothing was kept. */
  readonly drift: number | null;
}

/** Splits a flat list into consecutive parts of the given lengths. */
function split<T>(list: readonly T[], ...lengths: readonly number[]): T[][] {
  let at = 0;
  return lengths.map((length) => list.slice(at, (at += length)));
}

const adjointInputs = (problem: InnerProblem): Spec[] => [
  ...problem.theta,
  ...problem.theta,
  ...problem.theta,
  ...problem.theta,
  ...problem.omega,
  ...problem.omega,
  ...problem.batch,
  float(),
];

/** The common inputs of both adjoint programs: the sweep's state, dω so far, and the step to replay. */
function readInputs(problem: InnerProblem, inputs: readonly Value[]) {
  const [P, Q] = [problem.theta.length, problem.omega.length];
  const [theta, velocity, dTheta, dVelocity, omega, dOmega, batch, rate] = split(
    inputs,
    P,
    P,
    P,
    P,
    Q,
    Q,
    problem.batch.length,
    1,
  );
  const adjoint: Adjoint = { theta: theta!, velocity: velocity!, dTheta: dTheta!, dVelocity: dVelocity! };
  return { adjoint, dOmega: dOmega!, replayed: { omega: omega!, batch: batch!, rate: rate![0]! } };
}

/** The graph of the validation gradient: θ, validation batch → dθ_K, M. */
export function validationGraph(inner: Pick<InnerProblem, "theta">, outer: OuterProblem) {
  return trace(
    (...inputs) => {
      const [theta, batch] = split(inputs, inner.theta.length, outer.batch.length);
      const metric = outer.metric(theta!, batch!);
      return [...gradient(metric, theta!), metric];
    },
    [...inner.theta, ...outer.batch],
  );
}

/** The graph of one whole adjoint step: → θₜ, vₜ, dθₜ, μ dvₜ₊₁, dω. */
export function adjointGraph(problem: InnerProblem, reversal: Reversal) {
  return trace((...inputs) => {
    const { adjoint, dOmega, replayed } = readInputs(problem, inputs);
    const after = adjointStep(problem, adjoint, replayed, reversal === "snapshot");
    const { theta, velocity, dTheta, dVelocity } = after.adjoint;
    return [...theta, ...velocity, ...dTheta, ...dVelocity, ...dOmega.map((x, i) => add(x, after.dOmega[i]!))];
  }, adjointInputs(problem));
}

/** The graph of the step at the window's start: → dω, drift. Its extra inputs are the parameters that were kept. */
export function lastAdjointGraph(problem: InnerProblem, reversal: Reversal) {
  const common = adjointInputs(problem);
  return trace(
    (...inputs) => {
      const { adjoint, dOmega, replayed } = readInputs(problem, inputs.slice(0, common.length));
      const last = lastAdjointStep(problem, adjoint, replayed, reversal === "snapshot");
      const total = dOmega.map((x, i) => add(x, last.dOmega[i]!));
      return reversal === "snapshot" ? total : [...total, largestDifference(last.theta, inputs.slice(common.length))];
    },
    reversal === "snapshot" ? common : [...common, ...problem.theta],
  );
}

/** Compiled programs of one bilevel problem. Batches of different sizes are different inner problems and compile once each. */
export class Sweep {
  readonly #engine: Engine;
  readonly #problem: (batchSize: number) => InnerProblem;
  readonly #outer: OuterProblem;
  readonly #reversal: Reversal;
  readonly #programs: Programs;

  /** @param problem the inner problem for a batch size */
  constructor(engine: Engine, problem: (batchSize: number) => InnerProblem, outer: OuterProblem, reversal: Reversal) {
    this.#engine = engine;
    this.#programs = new Programs(engine);
    this.#problem = problem;
    this.#outer = outer;
    this.#reversal = reversal;
  }

  /** dM/dω through the steps of the window. */
  async run({ theta, velocity, omega, window, validation }: SweepInput): Promise<SweepResult> {
    const sizeOfBatch = (step: StepRecord): number => step.batch[0]!.shape[0]!;
    const problem = this.#problem(sizeOfBatch(window.at(-1)!));
    const nothing = (specs: readonly Spec[]): DeviceTensor[] =>
      specs.map(({ shape }) => this.#engine.upload(zeros(shape)));

    const validate = await this.#program("validation", () => validationGraph(problem, this.#outer));
    const outcome = await validate.run([...theta, ...validation]);
    const metric = item(await outcome.at(-1)!.read());

    const P = theta.length;
    let state = [...theta, ...velocity, ...outcome.slice(0, P), ...nothing(problem.theta)];
    let dOmega = nothing(problem.omega);
    for (const [i, step] of [...window.entries()].reverse()) {
      const size = sizeOfBatch(step);
      const now = this.#reversal === "snapshot" ? [...step.thetaBefore!, ...state.slice(P)] : state;
      const inputs = [...now, ...omega, ...dOmega, ...step.batch, step.rate];
      if (i > 0) {
        const program = await this.#program(`adjoint ${size}`, () => adjointGraph(this.#problem(size), this.#reversal));
        const outputs = await program.run(inputs);
        [state, dOmega] = split(outputs, 4 * P, omega.length) as [DeviceTensor[], DeviceTensor[]];
      } else {
        const program = await this.#program(`last adjoint ${size}`, () =>
          lastAdjointGraph(this.#problem(size), this.#reversal),
        );
        const outputs = await program.run(
          this.#reversal === "float" ? [...inputs, ...(step.thetaBefore ?? theta)] : inputs,
        );
        dOmega = outputs.slice(0, omega.length);
        const measured = this.#reversal === "float" && step.thetaBefore !== undefined;
        return { dOmega, metric, drift: measured ? item(await outputs.at(-1)!.read()) : null };
      }
    }
    throw new RangeError("sweep: expected a window of at least one step, got none");
  }

  close(): Promise<void> {
    return this.#programs.close();
  }

  #program(name: string, graph: () => Graph): Promise<Program> {
    return this.#programs.get(name, () => simplify(graph()));
  }
}
