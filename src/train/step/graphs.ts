/**
 * @file The programs of a run as graphs with named arrays: the training step, evaluation, inspection of a
 * batch, and selection from it.
 */

import { traceNamed } from "../../graph/named.ts";
import { studentGradient } from "../../hyper/problem.ts";
import { classesOf, detached } from "../../objectives/view.ts";
import { sum } from "../../ops/broadcast.ts";
import { choose, softmax } from "../../ops/compose.ts";
import { oneHot } from "../../ops/gather.ts";
import { matmul, transposeMatrix } from "../../ops/matmul.ts";
import { simplified } from "../../ops/simplify.ts";
import type { Spec } from "../../tensor.ts";
import { float } from "../../tensor.ts";
import { gradient } from "../../transform/grad.ts";
import type { Arrays } from "../../tree.ts";
import { leaves } from "../../tree.ts";
import type { TrainingProblem } from "./problem.ts";

/**
 * One student step on a batch of these shapes: θ, the optimiser's state, running statistics, ω, batch, η → all
 * of them after it (ω where the method accumulates, else none), and of the batch before it Σ wₖ ℓₖ, and `[N]`
 * each: losses, errors, weights.
 */
export function stepGraph(problem: TrainingProblem, batch: Arrays<Spec>) {
  const { initial, inner, design, optimizer, objective } = problem;
  const [theta, statistics, omega] = [leaves(initial.theta), leaves(initial.statistics), leaves(initial.omega)];
  const named = traceNamed(
    (x) => {
      const weightsSeeTheta = design.differentiable ?? inner.interaction === "deep";
      const seen = problem.pass.weighed(x.theta, x.statistics, x.omega, x.batch, weightsSeeTheta);
      const g = studentGradient(inner, x.theta, seen);
      const after = optimizer.step({ params: x.theta, state: x.optimizer, gradient: g, rate: x.rate });
      return {
        theta: after.params,
        optimizer: after.state,
        statistics: seen.statistics,
        omega: seen.omega,
        losses: seen.view.nll,
        weights: seen.reported,
        loss: seen.loss,
        errors: objective.judge(seen.view).errors,
      };
    },
    { theta, optimizer: optimizer.init(theta), statistics, omega, batch, rate: float() },
  );
  return simplified(named);
}

/** Evaluation: θ, running statistics, batch → the objective's judgement, `[N]` arrays. */
export function evaluationGraph(problem: TrainingProblem, batch: Arrays<Spec>) {
  const { theta, statistics } = problem.initial;
  const named = traceNamed(
    (x) => {
      const { nll, errors, predictions } = problem.objective.judge(
        problem.pass.look(x.theta, x.statistics, x.batch, "eval").view,
      );
      return { nll, errors, predictions };
    },
    { theta: leaves(theta), statistics: leaves(statistics), batch },
  );
  return simplified(named);
}

/**
 * Predictions by true class, of an objective with classes: θ, running statistics, batch → Σ of the predictions for the
 * examples of each class `[K, K]`, and their numbers `[K]`.
 */
export function beliefsGraph(problem: TrainingProblem, batch: Arrays<Spec>) {
  const { theta, statistics } = problem.initial;
  const named = traceNamed(
    (x) => {
      const { logits, labels } = classesOf(problem.pass.look(x.theta, x.statistics, x.batch, "eval").view);
      const own = oneHot(labels, logits.shape[1]!);
      return { sums: matmul(transposeMatrix(own), softmax(logits, 1)), counts: sum(own, [0]) };
    },
    { theta: leaves(theta), statistics: leaves(statistics), batch },
  );
  return simplified(named);
}

/**
 * A forward pass in training and the method's weights, without a step: θ, ω, batch → losses `[N]`, weights
 * `[N]`, I0 `[N, d]`.
 */
export function inspectionGraph(problem: TrainingProblem, batch: Arrays<Spec>) {
  const { theta, omega } = problem.inner;
  const { pass } = problem;
  const named = traceNamed(
    (x) => {
      const seen = pass.weighed(x.theta, pass.unusedStatistics, x.omega, x.batch, false);
      return { losses: seen.view.nll, weights: seen.reported, I0: seen.view.internals.I0 };
    },
    { theta, omega, batch },
  );
  return simplified(named);
}

/**
 * The method's choice among a batch, without a step: θ, ω, batch, uniform numbers `[N]` → keep `[N]`, and ∂
 * log-likelihood / ∂ω if it is asked for and the selection has one, else none.
 */
export function selectionGraph(problem: TrainingProblem, batch: Arrays<Spec>, size: number, withSlope: boolean) {
  const { theta, omega } = problem.inner;
  const { pass, design } = problem;
  const named = traceNamed(
    (x) => {
      const { view } = pass.lookInTraining(x.theta, pass.unusedStatistics, x.batch);
      const { keep, logLikelihood } = design.select!(pass.omegaTree(x.omega), detached(view), x.uniforms);
      const { trusted } = view;
      return {
        keep: trusted ? choose(trusted, keep, 1) : keep,
        slope: withSlope && logLikelihood ? gradient(logLikelihood, [...x.omega]) : [],
      };
    },
    { theta, omega, batch, uniforms: float([size]) },
  );
  return simplified(named);
}
