/** @file The programs of a run as graphs: the training step, evaluation, a look at a batch, and a selection from it. */

import type { Graph } from "../../graph/graph.ts";
import { trace } from "../../graph/graph.ts";
import type { Value } from "../../graph/value.ts";
import { studentGradient } from "../../hyper/problem.ts";
import { held } from "../../objectives/view.ts";
import { crossEntropy } from "../../ops/compose.ts";
import { simplify } from "../../ops/simplify.ts";
import { momentumStep } from "../../optim/momentum.ts";
import { float } from "../../tensor.ts";
import { gradient } from "../../transform/grad.ts";
import { leaves } from "../../tree.ts";
import type { TrainingProblem } from "./problem.ts";

/**
 * One student step: θ, v, running statistics, ω, x, y, context, η → θ', v', statistics', ω' where the method follows, cross-entropies
 * `[N]`, weights `[N]`, loss, logits.
 */
export function stepGraph(problem: TrainingProblem, batchSize: number): Graph {
  const { theta, state, omega } = problem.initial;
  const inner = problem.inner(batchSize);
  const parts = [leaves(theta), leaves(theta), leaves(state), leaves(omega), inner.batch, [float()]] as const;
  const graph = trace((...inputs) => {
    let at = 0;
    const [t, v, s, o, batch, rate] = parts.map((part) => inputs.slice(at, (at += part.length))) as [
      Value[],
      Value[],
      Value[],
      Value[],
      Value[],
      Value[],
    ];
    const seen = problem.pass.weighed(t, s, o, batch, problem.design.flows ?? inner.interaction === "deep");
    const g = studentGradient(inner, t, seen);
    const after = momentumStep({ theta: t, velocity: v }, g, rate[0]!, inner.momentum);
    return [
      ...after.theta,
      ...after.velocity,
      ...seen.state,
      ...seen.followed,
      seen.entropies,
      seen.told,
      seen.loss,
      seen.logits,
    ];
  }, parts.flat());
  return simplify(graph);
}

/** Evaluation: θ, running statistics, x, y → losses `[N]`, logits `[N, classes]`. */
export function evaluationGraph(problem: TrainingProblem, batchSize: number): Graph {
  const { theta, state } = problem.initial;
  const [T, S] = [leaves(theta), leaves(state)];
  const graph = trace(
    (...inputs) => {
      const [x, y] = inputs.slice(T.length + S.length) as [Value, Value];
      const { logits } = problem.pass.apply(inputs.slice(0, T.length), inputs.slice(T.length, -2), x, "eval");
      return [crossEntropy(logits, y), logits];
    },
    [...T, ...S, ...problem.batchSpecs(batchSize)],
  );
  return simplify(graph);
}

/** What the method sees of a batch and makes of it, without a step: θ, ω, x, y, context → cross-entropies `[N]`, weights `[N]`, I0 `[N, d]`. */
export function viewGraph(problem: TrainingProblem, batchSize: number): Graph {
  const { theta, omega, batch } = problem.inner(batchSize);
  const { pass } = problem;
  const [P, Q] = [theta.length, omega.length];
  const graph = trace(
    (...inputs) => {
      const o = inputs.slice(P, P + Q);
      const seen = pass.weighed(inputs.slice(0, P), pass.unusedState, o, inputs.slice(P + Q), false);
      return [seen.entropies, seen.told, seen.states.I0];
    },
    [...theta, ...omega, ...batch],
  );
  return simplify(graph);
}

/**
 * What the method keeps of a batch, without a step: θ, ω, x, y, context, uniform numbers `[N]` → keep `[N]`, and with `slope`
 * ∂ likelihood / ∂ω where the selection tells one.
 */
export function selectionGraph(problem: TrainingProblem, batchSize: number, slope: boolean): Graph {
  const { theta, omega, batch } = problem.inner(batchSize);
  const { pass, design } = problem;
  const [P, Q] = [theta.length, omega.length];
  const graph = trace(
    (...inputs) => {
      const o = inputs.slice(P, P + Q);
      const { view } = pass.seen(inputs.slice(0, P), pass.unusedState, inputs.slice(P + Q, -1));
      const { keep, likelihood } = design.select!(pass.omegaTree(o), held(view), inputs.at(-1)!);
      return [keep, ...(slope && likelihood ? gradient(likelihood, o) : [])];
    },
    [...theta, ...omega, ...batch, float([batchSize])],
  );
  return simplify(graph);
}
