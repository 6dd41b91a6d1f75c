/**
 * @file Teacher step: moves ω along ∂M/∂ω by an optimiser with its own arrays. All methods with a teacher gradient
 * share it.
 */

import type { DeviceTensor, Engine } from "../../engines/engine.ts";
import { Programs } from "../../engines/programs.ts";
import { traceNamed } from "../../graph/named.ts";
import type { SweepResult } from "../../hyper/sweep.ts";
import { simplified } from "../../ops/simplify.ts";
import type { Optimizer } from "../../optim/optimizer.ts";
import { flatState, groupedState } from "../../optim/optimizer.ts";
import { descent, teacherOptimizers } from "../../optim/teacher-optimizers.ts";
import type { Spec, Tensor } from "../../tensor.ts";
import { asFloat32 } from "../../tensor.ts";
import type { Update, Window } from "./learner.ts";
import type { MethodOptions } from "../options.ts";

/** Graph of a teacher step: ω, memory, ∂M/∂ω → ω', memory'. */
const updateGraph = (optimizer: Optimizer, omega: readonly Spec[], { rate, weightDecay }: StepSize) =>
  traceNamed(
    (x) => {
      const gradient = descent(x.omega, x.ascent, weightDecay);
      const kept = groupedState(optimizer.init(omega), x.memory);
      const { params, state } = optimizer.step({ params: x.omega, state: kept, gradient, rate });
      return { omega: params, memory: flatState(state) };
    },
    { omega, memory: flatState(optimizer.init(omega)), ascent: omega },
  );

interface StepSize {
  readonly rate: number;
  readonly weightDecay: number;
}

/** ‖x‖₂ over all arrays. */
export async function norm(arrays: readonly DeviceTensor[]): Promise<number> {
  const squares = await Promise.all(
    arrays.map(async (x) => asFloat32(await x.read()).reduce((total, value) => total + value * value, 0)),
  );
  return Math.sqrt(squares.reduce((a, b) => a + b, 0));
}

/** Moves ω along ∂M/∂ω by one of the teacher's optimisers. */
export class TeacherStep {
  readonly #optimizer: Optimizer;
  readonly #size: StepSize;
  readonly #omega: readonly Spec[];
  readonly #programs: Programs;

  constructor(
    engine: Engine,
    omega: readonly Spec[],
    options: Pick<MethodOptions, "teacherOptimizer" | "teacherLr" | "teacherWeightDecay">,
  ) {
    const { teacherOptimizer, teacherLr: rate, teacherWeightDecay: weightDecay } = options;
    this.#optimizer = teacherOptimizers[teacherOptimizer];
    this.#size = { rate, weightDecay };
    this.#omega = omega;
    this.#programs = new Programs(engine);
  }

  /** Initial arrays of the optimiser. */
  init(): Tensor[] {
    return flatState(this.#optimizer.init(this.#omega));
  }

  async take({ omega, memory }: Window, { dOmega, metric, drift }: SweepResult): Promise<Update> {
    const make = () => simplified(updateGraph(this.#optimizer, this.#omega, this.#size));
    const inputs = { omega, memory, ascent: dOmega };
    const after = await this.#programs.run(`teacher ${this.#optimizer.name}`, make, inputs);
    return {
      omega: after.omega,
      memory: after.memory,
      metric,
      drift,
      gradientNorm: await norm(dOmega),
    };
  }

  close(): Promise<void> {
    return this.#programs.close();
  }
}
