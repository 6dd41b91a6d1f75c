/**
 * @file A small bilevel problem in float64: a two-layer tanh network with batch norm, a linear teacher on its
 * hidden features and labels.
 */

import type { DeviceTensor } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import type { Value } from "../../src/graph/value.ts";
import type { Examples, InnerProblem, Interaction, OuterProblem } from "../../src/hyper/problem.ts";
import { studentGradient } from "../../src/hyper/problem.ts";
import { batchNorm } from "../../src/nn/batch-norm.ts";
import { crossEntropy, logSigmoid, softmax } from "../../src/ops/compose.ts";
import { add, exp, mul, neg, stopGradient, tanh } from "../../src/ops/elementwise.ts";
import { oneHot } from "../../src/ops/gather.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { reshape } from "../../src/ops/movement.ts";
import { mean } from "../../src/ops/reduce.ts";
import { momentumSgd } from "../../src/optim/momentum.ts";
import { Random } from "../../src/random.ts";
import type { Tensor } from "../../src/tensor.ts";
import { float, int, sizeOf, tensor } from "../../src/tensor.ts";
import type { Arrays } from "../../src/tree.ts";

const [N, D, H, C] = [10, 6, 8, 3];
export const RATES = [0.5, 0.5, 0.5, 0.05, 0.05, 0.05];
export const STEPS = RATES.length;

const thetaSpecs = [float([D, H]), float([H]), float([H]), float([H, C]), float([C])];
const omegaSpecs = [float([H, 1]), float([C, 1]), float([1])];
export const batchSpecs = { x: float([N, D]), y: int([N]) };

/** Hidden features behind a batch norm in train mode, and logits. */
function network([w1, gamma, beta, w2, b2]: readonly Value[], x: Value): { hidden: Value; logits: Value } {
  const pixels = reshape(matmul(x, w1!), [x.shape[0]!, H, 1, 1]);
  const none = { mean: gamma!, variance: gamma! };
  const normal = batchNorm(H).apply({ gamma: gamma!, beta: beta! }, none, pixels, { mode: "train" }).y;
  const hidden = tanh(reshape(normal, [x.shape[0]!, H]));
  return { hidden, logits: add(matmul(hidden, w2!), b2!) };
}

/** Cross-entropy, or that of logits whose scale ω decides too: losses that depend on ω beside the weights. */
export type Losses = "plain" | "of ω";

const examplesWith =
  (kind: Losses): InnerProblem["perExample"] =>
  (theta, omega, batch, sees) => {
    const { losses, weights, logits } = perExample(theta, omega, batch, sees);
    const scaled = mul(logits, exp(mul(omega[2]!, 0.5)));
    return { weights, losses: kind === "plain" ? losses : crossEntropy(scaled, batch["y"]!) };
  };

function perExample(
  theta: readonly Value[],
  [wI, E, b]: readonly Value[],
  { x, y }: Arrays<Value>,
  sees: boolean,
): Examples & { logits: Value } {
  const { hidden, logits } = network(theta, x!);
  const features = sees ? hidden : stopGradient(hidden);
  const z = add(add(matmul(features, wI!), matmul(oneHot(y!, C), E!)), b!);
  return { logits, losses: crossEntropy(logits, y!), weights: softmax(logSigmoid(reshape(z, [N])), 0) };
}

export const toy = (interaction: Interaction, losses: Losses = "plain"): InnerProblem => ({
  theta: thetaSpecs,
  omega: omegaSpecs,
  perExample: examplesWith(losses),
  momentum: 0.9,
  weightDecay: 5e-3,
  interaction,
});

export const outer: OuterProblem = {
  metric: (theta, { x, y }) => reshape(neg(mean(crossEntropy(network(theta, x!).logits, y!), [0])), []),
};

const draw = (shape: readonly number[], scale: number, stream: string, a = 0): Tensor => {
  const random = new Random(5, stream, a);
  return tensor(
    Float64Array.from({ length: sizeOf(shape) }, () => scale * random.normal()),
    shape,
  );
};
const batchOf = (stream: string, a: number): { x: Tensor; y: Tensor } => {
  const random = new Random(6, stream, a);
  const y = Int32Array.from({ length: N }, () => random.integer(C));
  return { x: draw([N, D], 1, stream, a), y: tensor(y) };
};

export const start = {
  theta: thetaSpecs.map(({ shape }, i) => draw(shape, 0.7, "theta", i)),
  omega: omegaSpecs.map(({ shape }, i) => draw(shape, 0.8, "omega", i)),
};
export const batches = RATES.map((_, t) => batchOf("batch", t));
export const validation = batchOf("validation", 0);

export interface Point {
  readonly theta: DeviceTensor[];
  readonly velocity: DeviceTensor[];
}

const up = (tensors: readonly Tensor[]): DeviceTensor[] => tensors.map((x) => reference.upload(x));

/**
 * Trains for all steps; ω may differ from step to step. With `cut`, the weights' features come from `baseline`,
 * a run recorded before: that is what holding ∂w/∂θ at zero means. @returns the points θ₀ … θ_K
 */
export async function train(
  interaction: Interaction,
  omegaAt: (t: number) => readonly Tensor[],
  baseline?: readonly Point[],
  losses: Losses = "plain",
): Promise<Point[]> {
  const problem = toy(interaction, losses);
  const [P, Q] = [thetaSpecs.length, omegaSpecs.length];
  const graph = trace(
    (...inputs) => {
      const at = (from: number, count: number): Value[] => inputs.slice(from, from + count);
      const [theta, velocity, seen, omega] = [at(0, P), at(P, P), at(2 * P, P), at(3 * P, Q)];
      const [x, y] = at(3 * P + Q, 2) as [Value, Value];
      const batch = { x, y };
      const own = problem.perExample(theta, omega, batch, interaction === "deep");
      const weights =
        interaction === "deep" ? own.weights : stopGradient(problem.perExample(seen, omega, batch, false).weights);
      const g = studentGradient(problem, theta, { losses: own.losses, weights });
      const optimizer = momentumSgd(problem.momentum);
      const after = optimizer.step({ params: theta, state: { velocity }, gradient: g, rate: inputs.at(-1)! });
      return [...after.params, ...after.state.velocity];
    },
    [...thetaSpecs, ...thetaSpecs, ...thetaSpecs, ...omegaSpecs, ...Object.values(batchSpecs), float()],
  );
  const program = await reference.compile(graph);
  const points: Point[] = [
    {
      theta: up(start.theta),
      velocity: up(thetaSpecs.map(({ shape }) => tensor(new Float64Array(sizeOf(shape)), shape))),
    },
  ];
  for (const [t, rate] of RATES.entries()) {
    const { theta, velocity } = points[t]!;
    const seen = baseline ? baseline[t]!.theta : theta;
    const out = await program.run([
      ...theta,
      ...velocity,
      ...seen,
      ...up(omegaAt(t)),
      ...up(Object.values(batches[t]!)),
      ...up([tensor(rate)]),
    ]);
    points.push({ theta: out.slice(0, P), velocity: out.slice(P) });
  }
  return points;
}
