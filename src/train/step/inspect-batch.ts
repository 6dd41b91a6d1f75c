/** @file What a method makes of a batch, asked without a step: its view and weights, or what it keeps. */

import type { Batch } from "../../tasks/images/batches.ts";
import type { RunContext } from "../../objectives/view.ts";
import { START } from "../../objectives/view.ts";
import type { Tensor } from "../../tensor.ts";
import { asFloat32, tensor } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { unflatten } from "../../tree.ts";
import { selectionGraph, viewGraph } from "./graphs.ts";
import type { Trainer } from "./trainer.ts";

/** A batch as the method sees it. */
export interface BatchView {
  /** ℓₖ `[N]`, nats */
  readonly losses: Float32Array;
  /** wₖ `[N]` */
  readonly weights: Float32Array;
  /** I0 `[N, d]` */
  readonly states: Float32Array;
}

/** What the method keeps of a batch. */
export interface Choice {
  /** `[N]`: 1 for what is kept, 0 for the rest. */
  readonly keep: Float32Array;
  /** ∂ likelihood / ∂ω, if it was asked for and the selection tells one. */
  readonly slope?: Tree<Tensor>;
}

/** What the method sees of a batch and makes of it. */
export async function view(trainer: Trainer, batch: Batch, context: RunContext = START): Promise<BatchView> {
  const { theta, omega } = trainer.arrays;
  const inputs = [...theta, ...omega, ...trainer.inputs(batch, context)];
  const outputs = await trainer.run(`view ${batch.size}`, () => viewGraph(trainer.problem, batch.size), inputs);
  const [losses, weights, states] = await Promise.all(outputs.map(async (x) => asFloat32(await x.read())));
  return { losses: losses!, weights: weights!, states: states! };
}

/**
 * What the method keeps of a batch. For methods that select.
 * @param uniforms `[N]` random numbers in [0, 1)
 * @param slope whether to take the derivative too
 */
export async function select(
  trainer: Trainer,
  batch: Batch,
  context: RunContext,
  uniforms: Float32Array,
  slope: boolean,
): Promise<Choice> {
  const { theta, omega } = trainer.arrays;
  const name = `selection ${batch.size}${slope ? " with slope" : ""}`;
  const graph = () => selectionGraph(trainer.problem, batch.size, slope);
  const inputs = [...theta, ...omega, ...trainer.inputs(batch, context), ...trainer.upload([tensor(uniforms)])];
  const outputs = await trainer.run(name, graph, inputs);
  const [keep, ...rest] = await Promise.all(outputs.map((output) => output.read()));
  return {
    keep: asFloat32(keep!),
    ...(rest.length > 0 ? { slope: unflatten(trainer.problem.initial.omega, rest) } : {}),
  };
}
