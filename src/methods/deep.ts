/**
 * @file The paper's method (Fan et al., "Learning to Reweight with Deep Interactions", AAAI 2021): a teacher reads the student's internal
 * state of each example and its label,
 *
 *     zₖ = W · I₀(xₖ) + E[yₖ] + b        aₖ = σ(zₖ)        wₖ = aₖ / Σⱼ aⱼ        (section "Teacher Model")
 *
 * and climbs a validation metric by the gradient through the student's last B steps, every K steps (Algorithm 1, hyper/). The weights are
 * computed as softmax(ln σ(z)), which is the same and cannot divide by zero. ω starts at 0: the first weights are uniform.
 *
 * Our choices, where the paper is silent: Adam, learning rate 1e-3, weight decay 1e-4 on ω, start at 0.
 */

import type { Engine, Program } from "../engines/engine.ts";
import { trace } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import { Sweep } from "../hyper/sweep.ts";
import { logSigmoid, softmax } from "../ops/compose.ts";
import { add } from "../ops/elementwise.ts";
import { oneHot } from "../ops/gather.ts";
import { matmul } from "../ops/matmul.ts";
import { reshape } from "../ops/movement.ts";
import { simplify } from "../ops/simplify.ts";
import { adam, sgd } from "../optim/teacher-optimizer.ts";
import type { TeacherOptimizer } from "../optim/teacher-optimizer.ts";
import type { Spec } from "../tensor.ts";
import { asFloat32, float, zeros } from "../tensor.ts";
import type { Tree } from "../tree.ts";
import { leaf } from "../tree.ts";
import type { Learner, Method, MethodOptions, MethodTask, StudentView } from "./method.ts";

/** z = W · I₀ + E[y] + b, `[N, 1]`. */
function score(omega: Tree<Value>, { states, labels }: StudentView, { classes }: MethodTask): Value {
  const fromState = matmul(states.I0, leaf(omega, "W"));
  const fromLabel = matmul(oneHot(labels, classes), leaf(omega, "E"));
  return add(add(fromState, fromLabel), leaf(omega, "b"));
}

const omegaSpecs = ({ features, classes }: MethodTask) => ({
  W: float([features, 1]),
  E: float([classes, 1]),
  b: float([1]),
});

const optimizers = { adam, sgd } as const;

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

/** A learner that climbs ∂M/∂ω found by the adjoint sweep. Serves every method whose weights are a function of ω. */
export function sweepLearner(
  engine: Engine,
  sweep: Sweep,
  omega: readonly Spec[],
  options: Pick<
    MethodOptions,
    "teacherEvery" | "window" | "reversal" | "teacherOptimizer" | "teacherLr" | "teacherWeightDecay"
  >,
): Learner {
  const optimizer = optimizers[options.teacherOptimizer]({
    rate: options.teacherLr,
    weightDecay: options.teacherWeightDecay,
  });
  let program: Promise<Program> | undefined;
  return {
    every: options.teacherEvery,
    window: options.window,
    keeps: options.reversal === "snapshot" ? "every" : "first",
    init: () => optimizer.init(omega),
    async update(episode) {
      const { dOmega, metric, drift } = await sweep.run(episode);
      program ??= engine.compile(simplify(updateGraph(optimizer, omega)), `teacher ${optimizer.name}`);
      const outputs = await (await program).run([...episode.omega, ...episode.memory, ...dOmega]);
      const squares = await Promise.all(
        dOmega.map(async (x) => asFloat32(await x.read()).reduce((total, value) => total + value * value, 0)),
      );
      return {
        omega: outputs.slice(0, omega.length),
        memory: outputs.slice(omega.length),
        metric,
        drift,
        gradientNorm: Math.sqrt(squares.reduce((a, b) => a + b, 0)),
      };
    },
    async close() {
      await sweep.close();
      await (await program)?.close();
    },
  };
}

export const deep: Method = {
  name: "deep",
  summary:
    "a teacher reads the student's internal state and label of each example, and learns through the student's own steps",
  source: "Fan et al., Learning to Reweight with Deep Interactions, AAAI 2021",
  design(task, options) {
    const specs = omegaSpecs(task);
    return {
      init: () => Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [name, zeros(shape)])),
      weigh: (omega, view) => softmax(logSigmoid(reshape(score(omega, view, task), view.labels.shape)), 0),
      learner: (engine, inner, outer) =>
        sweepLearner(engine, new Sweep(engine, inner, outer, options.reversal), Object.values(specs), options),
    };
  },
};
