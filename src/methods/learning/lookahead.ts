/**
 * @file Learners with a one-step lookahead. Before each student step they do a trial step, by plain SGD without
 * momentum or weight decay,
 *
 *     θ̂ = θ − η ∇θ Σₖ wₖ(ω) ℓₖ(θ),      ∂M(θ̂)/∂ω = −η ∇ω ( ∇θ M(θ̂) · ∇θ Σₖ wₖ(ω) ℓₖ(θ) )
 *
 * which is the adjoint sweep over a window of this one step, with v = g. It runs the same graphs as the paper's method.
 */

import type { DeviceTensor } from "../../engines/engine.ts";
import { programName, Programs } from "../../engines/programs.ts";
import { traceNamed } from "../../graph/named.ts";
import type { InnerProblem } from "../../hyper/problem.ts";
import { studentGradient } from "../../hyper/problem.ts";
import type { SweepResult } from "../../hyper/sweep.ts";
import { Sweep } from "../../hyper/sweep.ts";
import { mul, sub } from "../../ops/elementwise.ts";
import { simplified } from "../../ops/simplify.ts";
import type { Spec } from "../../tensor.ts";
import { float } from "../../tensor.ts";
import type { Arrays } from "../../tree.ts";
import type { LearnerParts } from "../method.ts";
import type { Window } from "./learner.ts";

/** θ, ω, batch, η → θ̂, g. */
const trialGraph = (problem: InnerProblem, batch: Arrays<Spec>) =>
  traceNamed(
    (x) => {
      const examples = problem.perExample(x.theta, x.omega, x.batch, false);
      const g = studentGradient(problem, x.theta, examples);
      return { theta: x.theta.map((value, i) => sub(value, mul(g[i]!, x.rate))), gradient: g };
    },
    { theta: problem.theta, omega: problem.omega, batch, rate: float() },
  );

/** ∂M/∂ω through one trial step on the upcoming batch. */
export class Lookahead {
  readonly #inner: InnerProblem;
  readonly #sweep: Sweep;
  readonly #programs: Programs;

  constructor({ engine, inner, outer }: Pick<LearnerParts, "engine" | "inner" | "outer">) {
    // Weights are detached in the trial step for any interaction, as in both papers.
    const { theta, omega, momentum } = inner;
    const perExample: InnerProblem["perExample"] = (...given) => inner.perExample(...given);
    this.#inner = { theta, omega, momentum, perExample, weightDecay: 0, interaction: "cut" };
    this.#sweep = new Sweep(engine, this.#inner, outer, "float");
    this.#programs = new Programs(engine);
  }

  /** @param moves whether the trial step moves θ; without it the gradient is taken at wₖ = 0, where θ̂ = θ */
  async run({ theta, omega, validation, upcoming }: Window, moves: boolean): Promise<SweepResult> {
    if (!upcoming) throw new RangeError("lookahead: expected the step to come, got none");
    const { batch, rate } = upcoming;
    const make = () => simplified(trialGraph(this.#inner, batch));
    const inputs = { theta, omega, batch, rate };
    const ahead = moves ? await this.#programs.run(programName("trial", batch), make, inputs) : undefined;
    return this.#sweep.run({
      theta: ahead?.theta ?? theta,
      // The reversal of the step must give θ again: velocity g if the step moved θ, else 0.
      velocity: ahead?.gradient ?? (await this.#nothing(theta)),
      omega,
      window: [upcoming],
      validation,
    });
  }

  async close(): Promise<void> {
    await this.#sweep.close();
    await this.#programs.close();
  }

  /** Zeros, on the device of the arrays. */
  #nothing(like: readonly DeviceTensor[]): Promise<readonly DeviceTensor[]> {
    return this.#programs.run("zeros", () => traceNamed((arrays) => arrays.map((x) => mul(x, 0)), like), like);
  }
}
