/**
 * @file A batch inspected without a step: its losses, weights and internal states, or the method's choice among
 * its examples.
 */

import { programName } from "../../engines/programs.ts";
import type { Moment } from "../../objectives/view.ts";
import { START } from "../../objectives/view.ts";
import type { Batch } from "../../tasks/batches.ts";
import type { Tensor } from "../../tensor.ts";
import { asFloat32, tensor } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { unflatten } from "../../tree.ts";
import { inspectionGraph, selectionGraph } from "./graphs.ts";
import type { Trainer } from "./trainer.ts";

/** A batch as the method sees it. */
export interface Inspection {
  /** ℓₖ `[N]`, nats */
  readonly losses: Float32Array;
  /** wₖ `[N]` */
  readonly weights: Float32Array;
  /** `[N, d]` */
  readonly I0: Float32Array;
}

/** The method's choice among a batch. */
export interface Choice {
  /** `[N]`: 1 for chosen examples, 0 for the rest. */
  readonly keep: Float32Array;
  /** ∂ log-likelihood / ∂ω, if it was asked for and the selection has one. */
  readonly slope?: Tree<Tensor>;
}

/** Losses, weights and I0 of a batch in training. */
export async function inspect(trainer: Trainer, batch: Batch, moment: Moment = START): Promise<Inspection> {
  const { theta, omega } = trainer.arrays;
  const arrays = trainer.inputs(batch, moment);
  const make = () => inspectionGraph(trainer.problem, arrays);
  const { losses, weights, I0 } = await trainer.run(programName("inspection", arrays), make, {
    theta,
    omega,
    batch: arrays,
  });
  const [l, w, i] = await Promise.all([losses, weights, I0].map(async (x) => asFloat32(await x.read())));
  return { losses: l!, weights: w!, I0: i! };
}

/**
 * The method's choice among a batch. For methods that select.
 * @param uniforms `[N]` random numbers in [0, 1)
 * @param withSlope whether to take the derivative too
 */
export async function select(
  trainer: Trainer,
  batch: Batch,
  moment: Moment,
  uniforms: Float32Array,
  withSlope: boolean,
): Promise<Choice> {
  const { theta, omega } = trainer.arrays;
  const arrays = trainer.inputs(batch, moment);
  const name = programName(`selection${withSlope ? " with slope" : ""}`, arrays);
  const make = () => selectionGraph(trainer.problem, arrays, batch.size, withSlope);
  const inputs = { theta, omega, batch: arrays, uniforms: trainer.engine.upload(tensor(uniforms)) };
  const { keep, slope } = await trainer.run(name, make, inputs);
  const host = await Promise.all(slope.map((x) => x.read()));
  return {
    keep: asFloat32(await keep.read()),
    ...(host.length > 0 ? { slope: unflatten(trainer.problem.initial.omega, host) } : {}),
  };
}
