/**
 * @file Algorithm 1 as programs of an engine: the validation gradient, then B steps backwards, each one call.
 * Time: 3 + 9 (B − 1) + 3 forward passes; memory: one copy of (θ, v, dθ, dv), whatever B is, in `float`
 * reversal, and B copies of (θ, v) in `snapshot`.
 *
 * Everything runs on arrays of its own: the student's parameters, momentum and running statistics are only read.
 */

import type { DeviceTensor, Engine } from "../engines/engine.ts";
import { programName, Programs } from "../engines/programs.ts";
import { traceNamed } from "../graph/named.ts";
import { simplified } from "../ops/simplify.ts";
import type { Optimizer, OptimizerState } from "../optim/optimizer.ts";
import type { Spec } from "../tensor.ts";
import { float, item, zeros } from "../tensor.ts";
import { gradient } from "../transform/grad.ts";
import type { Arrays } from "../tree.ts";
import { addAll, adjointStep, largestDifference, lastAdjointStep } from "./adjoint.ts";
import type { InnerProblem, OuterProblem } from "./problem.ts";
import { entered, stepBackThrough } from "./transposed.ts";

/** How θₜ and vₜ come back: by undoing steps in floating point (the paper's way), or from memory. */
export type Reversal = "float" | "snapshot";

/** What must be remembered of one student step. */
export interface StepRecord {
  readonly batch: Arrays<DeviceTensor>;
  /** ηₜ as a scalar. */
  readonly rate: DeviceTensor;
  /**
   * θₜ, before the step: needed in `snapshot` and with an optimiser of its own, and for the drift meter at the window's
   * start in `float`.
   */
  readonly thetaBefore?: readonly DeviceTensor[];
  /** The optimiser's state before the step: needed of an optimiser of its own. */
  readonly stateBefore?: OptimizerState<DeviceTensor>;
}

export interface SweepInput {
  readonly theta: readonly DeviceTensor[];
  /** v_K, to undo steps from; not read where the problem has an optimiser of its own. */
  readonly velocity: readonly DeviceTensor[];
  /** ω, as it was during the whole window. */
  readonly omega: readonly DeviceTensor[];
  /** The last B steps, oldest first. */
  readonly window: readonly StepRecord[];
  /** A clean batch. */
  readonly validation: Arrays<DeviceTensor>;
  /** Another reversal of momentum SGD than the sweep's own; `snapshot` needs `thetaBefore` in each step. */
  readonly reversal?: Reversal;
}

export interface SweepResult {
  /** dM/dω, one array per teacher parameter. */
  readonly dOmega: readonly DeviceTensor[];
  /** M at θ_K on the validation batch. */
  readonly metric: number;
  /**
   * max |θ recovered − θ kept| at the window's start: the drift of the reversal. Null in `snapshot`, or when
   * nothing was kept.
   */
  readonly drift: number | null;
}

/** The graph of the validation gradient on clean batches of these shapes: θ_K, batch → dθ_K, M. */
export const validationGraph = ({ theta }: Pick<InnerProblem, "theta">, outer: OuterProblem, batch: Arrays<Spec>) =>
  traceNamed(
    (x) => {
      const metric = outer.metric(x.theta, x.batch);
      return { dTheta: gradient(metric, [...x.theta]), metric };
    },
    { theta, batch },
  );

/** What both adjoint programs take: the sweep's state, dω so far, and the step to replay. */
const adjointInputs = ({ theta, omega }: InnerProblem, batch: Arrays<Spec>) => ({
  theta,
  velocity: theta,
  dTheta: theta,
  dVelocity: theta,
  omega,
  dOmega: omega,
  batch,
  rate: float(),
});

/** The graph of one whole adjoint step: → θₜ, vₜ, dθₜ, μ dvₜ₊₁, dω. */
export const adjointGraph = (problem: InnerProblem, batch: Arrays<Spec>, reversal: Reversal) =>
  traceNamed(
    (x) => {
      const { adjoint, dOmega } = adjointStep(problem, x, x, reversal === "snapshot");
      const { theta, velocity, dTheta, dVelocity } = adjoint;
      return { theta, velocity, dTheta, dVelocity, dOmega: addAll(x.dOmega, dOmega) };
    },
    adjointInputs(problem, batch),
  );

/**
 * The graph of the step at the window's start: → dω, drift. `kept` are the parameters before it, which only
 * `float` reversal measures against.
 */
export const lastAdjointGraph = (problem: InnerProblem, batch: Arrays<Spec>, reversal: Reversal) =>
  traceNamed(
    (x) => {
      const last = lastAdjointStep(problem, x, x, reversal === "snapshot");
      const drift = reversal === "snapshot" ? [] : [largestDifference(last.theta, x.kept)];
      return { dOmega: addAll(x.dOmega, last.dOmega), drift };
    },
    { ...adjointInputs(problem, batch), kept: reversal === "snapshot" ? [] : problem.theta },
  );

/**
 * The graph of one step back through an optimiser of its own: → dω, and dθ and dstate before the step unless it is the
 * first of the window.
 */
export const transposedGraph = (problem: InnerProblem, optimizer: Optimizer, batch: Arrays<Spec>, isFirst: boolean) => {
  const state = optimizer.init(problem.theta);
  return traceNamed(
    (x) => {
      const { dOmega, ...before } = stepBackThrough(problem, optimizer, x, x, x);
      const { dTheta, dState } = isFirst ? { dTheta: [], dState: {} } : before;
      return { dTheta, dState, dOmega: addAll(x.dOmega, dOmega) };
    },
    {
      ...{ theta: problem.theta, state, dTheta: problem.theta, dState: entered(optimizer, state) },
      ...{ omega: problem.omega, dOmega: problem.omega, batch, rate: float() },
    },
  );
};

/** Compiled programs of one bilevel problem, one of each kind for every shape of a batch. */
export class Sweep {
  readonly #engine: Engine;
  readonly #problem: InnerProblem;
  readonly #outer: OuterProblem;
  readonly #reversal: Reversal;
  readonly #programs: Programs;

  constructor(engine: Engine, problem: InnerProblem, outer: OuterProblem, reversal: Reversal) {
    this.#engine = engine;
    this.#programs = new Programs(engine);
    this.#problem = problem;
    this.#outer = outer;
    this.#reversal = reversal;
  }

  /** dM/dω through the steps of the window. */
  async run({
    theta,
    velocity,
    omega,
    window,
    validation,
    reversal = this.#reversal,
  }: SweepInput): Promise<SweepResult> {
    const problem = this.#problem;
    const named = (what: string): string => (reversal === this.#reversal ? what : `${what} by ${reversal}`);
    const validated = await this.#programs.run(
      programName("validation", validation),
      () => simplified(validationGraph(problem, this.#outer, validation)),
      { theta, batch: validation },
    );
    const metric = item(await validated.metric.read());
    if (problem.optimizer) {
      const dOmega = await this.#transposed(problem.optimizer, omega, window, validated.dTheta);
      return { dOmega, metric, drift: null };
    }

    const dVelocity = this.#nothing(problem.theta);
    let state = { theta, velocity, dTheta: validated.dTheta, dVelocity, dOmega: this.#nothing(problem.omega) };
    for (const [i, { batch, rate, thetaBefore }] of [...window.entries()].reverse()) {
      const now = reversal === "snapshot" ? { ...state, theta: thetaBefore! } : state;
      const inputs = { ...now, omega, batch, rate };
      if (i > 0) {
        const make = () => simplified(adjointGraph(problem, batch, reversal));
        state = await this.#programs.run(programName(named("adjoint"), batch), make, inputs);
        continue;
      }
      const make = () => simplified(lastAdjointGraph(problem, batch, reversal));
      const kept = reversal === "snapshot" ? [] : (thetaBefore ?? theta);
      const last = await this.#programs.run(programName(named("last adjoint"), batch), make, { ...inputs, kept });
      const measured = thetaBefore === undefined ? undefined : last.drift[0];
      return { dOmega: last.dOmega, metric, drift: measured ? item(await measured.read()) : null };
    }
    throw new RangeError("sweep: expected a window of at least one step, got none");
  }

  /** dM/dω by transposed steps, from what each of them has kept. @param dTheta dM/dθ_K */
  async #transposed(
    optimizer: Optimizer,
    omega: readonly DeviceTensor[],
    window: readonly StepRecord[],
    dTheta: readonly DeviceTensor[],
  ): Promise<readonly DeviceTensor[]> {
    const problem = this.#problem;
    const groups = Object.entries(entered(optimizer, optimizer.init(problem.theta)));
    const nothing = groups.map(([name, group]) => [name, this.#nothing(group)] as const);
    let after = { dTheta, dState: Object.fromEntries(nothing), dOmega: this.#nothing(problem.omega) };
    for (const [i, { batch, rate, thetaBefore, stateBefore }] of [...window.entries()].reverse()) {
      if (!thetaBefore || !stateBefore) {
        throw new RangeError(
          `sweep: expected each step of the window to keep θ and the optimiser's state, got step ${i} without`,
        );
      }
      const inputs = { ...after, theta: thetaBefore, state: stateBefore, omega, batch, rate };
      const isFirst = i === 0;
      const make = () => simplified(transposedGraph(problem, optimizer, batch, isFirst));
      const name = programName(isFirst ? "last transposed step" : "transposed step", batch);
      const before = await this.#programs.run(name, make, inputs);
      after = { ...after, ...before };
    }
    return after.dOmega;
  }

  close(): Promise<void> {
    return this.#programs.close();
  }

  #nothing(specs: readonly Spec[]): readonly DeviceTensor[] {
    return specs.map(({ shape }) => this.#engine.upload(zeros(shape)));
  }
}
