/** @file The teacher's step: ω moves along ∂M/∂ω by an optimiser that keeps arrays of its own. Shared by every method that learns ω. */

import type { DeviceTensor, Engine } from "../../engines/engine.ts";
import { Programs } from "../../engines/programs.ts";
import { trace } from "../../graph/graph.ts";
import type { SweepResult } from "../../hyper/sweep.ts";
import { simplify } from "../../ops/simplify.ts";
import type { TeacherOptimizer } from "../../optim/teacher-optimizer.ts";
import { adam, nesterov, sgd } from "../../optim/teacher-optimizer.ts";
import type { Spec, Tensor } from "../../tensor.ts";
import { asFloat32 } from "../../tensor.ts";
import type { Episode, Lesson } from "./learner.ts";
import type { MethodOptions } from "../options.ts";

const optimizers = { adam, sgd, nesterov } as const;

/** ω, memory, ∂M/∂ω → ω', memory' as one graph. */
function updateGraph(optimizer: TeacherOptimizer, omega: readonly Spec[]) {
  const memory = optimizer.init(omega);
  return trace(
    (...inputs) => {
      const now = inputs.slice(0, omega.length);
      const kept = inputs.slice(omega.length, omega.length + memory.length);
      const after = optimizer.update(kept, now, inputs.slice(omega.length + memory.length));
      return [...after.omega, ...after.state];
    },
    [...omega, ...memory, ...omega],
  );
}

/** ‖x‖₂ over all arrays. */
export async function norm(arrays: readonly DeviceTensor[]): Promise<number> {
  const squares = await Promise.all(
    arrays.map(async (x) => asFloat32(await x.read()).reduce((total, value) => total + value * value, 0)),
  );
  return Math.sqrt(squares.reduce((a, b) => a + b, 0));
}

export class TeacherStep {
  readonly #optimizer: TeacherOptimizer;
  readonly #omega: readonly Spec[];
  readonly #programs: Programs;

  constructor(
    engine: Engine,
    omega: readonly Spec[],
    options: Pick<MethodOptions, "teacherOptimizer" | "teacherLr" | "teacherWeightDecay">,
  ) {
    const { teacherOptimizer, teacherLr: rate, teacherWeightDecay: weightDecay } = options;
    this.#optimizer = optimizers[teacherOptimizer]({ rate, weightDecay });
    this.#omega = omega;
    this.#programs = new Programs(engine);
  }

  /** The optimiser's arrays before the first step. */
  init(): Tensor[] {
    return this.#optimizer.init(this.#omega);
  }

  async take({ omega, memory }: Episode, { dOmega, metric, drift }: SweepResult): Promise<Lesson> {
    const name = `teacher ${this.#optimizer.name}`;
    const program = await this.#programs.get(name, () => simplify(updateGraph(this.#optimizer, this.#omega)));
    const outputs = await program.run([...omega, ...memory, ...dOmega]);
    return {
      omega: outputs.slice(0, omega.length),
      memory: outputs.slice(omega.length),
      metric,
      drift,
      gradientNorm: await norm(dOmega),
    };
  }

  close(): Promise<void> {
    return this.#programs.close();
  }
}
