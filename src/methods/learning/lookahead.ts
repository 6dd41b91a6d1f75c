/**
 * @file Learners that look one step ahead: before each student step they take it on trial, by plain SGD without momentum or weight decay,
 *
 *     θ̂ = θ − η ∇θ Σₖ wₖ(ω) ℓₖ(θ),      ∂M(θ̂)/∂ω = −η ∇ω ( ∇θ M(θ̂) · ∇θ Σₖ wₖ(ω) ℓₖ(θ) )
 *
 * which is the adjoint sweep over a window of that one step, with v = g: the same programs as the paper's method, in their cheapest case.
 */

import type { DeviceTensor, Engine } from "../../engines/engine.ts";
import { Programs } from "../../engines/programs.ts";
import { trace } from "../../graph/graph.ts";
import type { InnerProblem, OuterProblem } from "../../hyper/problem.ts";
import { studentGradient } from "../../hyper/problem.ts";
import type { SweepResult } from "../../hyper/sweep.ts";
import { Sweep } from "../../hyper/sweep.ts";
import { mul, sub } from "../../ops/elementwise.ts";
import { simplify } from "../../ops/simplify.ts";
import { float } from "../../tensor.ts";
import type { Episode } from "./learner.ts";

/** θ, ω, batch, η → θ̂, g. */
function trialGraph(problem: InnerProblem) {
  const { theta, omega, batch } = problem;
  return trace(
    (...inputs) => {
      const [P, Q] = [theta.length, omega.length];
      const now = inputs.slice(0, P);
      const examples = problem.examples(now, inputs.slice(P, P + Q), inputs.slice(P + Q, -1), false);
      const g = studentGradient(problem, now, examples);
      const rate = inputs.at(-1)!;
      return [...now.map((x, i) => sub(x, mul(g[i]!, rate))), ...g];
    },
    [...theta, ...omega, ...batch, float()],
  );
}

/** ∂M/∂ω through one trial step on the batch to come. */
export class Lookahead {
  readonly #inner: (batchSize: number) => InnerProblem;
  readonly #sweep: Sweep;
  readonly #programs: Programs;

  constructor(engine: Engine, inner: (batchSize: number) => InnerProblem, outer: OuterProblem) {
    // Weights are numbers to the trial step, whatever the interaction: both sources hold them constant there.
    this.#inner = (size) => ({ ...inner(size), weightDecay: 0, interaction: "cut" });
    this.#sweep = new Sweep(engine, this.#inner, outer, "float");
    this.#programs = new Programs(engine);
  }

  /** @param moves whether the trial step moves θ; without it the gradient is taken at wₖ = 0, where θ̂ = θ */
  async run(episode: Episode, moves: boolean): Promise<SweepResult> {
    const { theta, velocity, omega, validation, upcoming } = episode;
    if (!upcoming) throw new RangeError("lookahead: expected the step to come, got none");
    const size = upcoming.batch[0]!.shape[0]!;
    const ahead = moves ? await this.#trial(size, [...theta, ...omega, ...upcoming.batch, upcoming.rate]) : undefined;
    return this.#sweep.run({
      theta: ahead?.slice(0, theta.length) ?? theta,
      // Undoing the step must lead back to θ: by g where it moved, by nothing where it did not.
      velocity: ahead?.slice(theta.length) ?? (await this.#nothing(velocity)),
      omega,
      window: [upcoming],
      validation,
    });
  }

  async close(): Promise<void> {
    await this.#sweep.close();
    await this.#programs.close();
  }

  async #trial(size: number, inputs: readonly DeviceTensor[]): Promise<DeviceTensor[]> {
    const program = await this.#programs.get(`trial ${size}`, () => simplify(trialGraph(this.#inner(size))));
    return program.run(inputs);
  }

  /** Zeros, made where the arrays live. */
  async #nothing(like: readonly DeviceTensor[]): Promise<DeviceTensor[]> {
    const program = await this.#programs.get("zeros", () => trace((...x) => x.map((value) => mul(value, 0)), like));
    return program.run(like);
  }
}
