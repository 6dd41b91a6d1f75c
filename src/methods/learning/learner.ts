/** @file How ω learns while the real student trains: what a learner is given, what it gives back, and when. */

import type { DeviceTensor } from "../../engines/engine.ts";
import type { StepRecord, SweepInput } from "../../hyper/sweep.ts";
import type { Tensor } from "../../tensor.ts";

/** What has happened since the last update. `validation` is a clean batch, in the outer problem's form. */
export interface Episode extends SweepInput {
  /** The learner's own arrays. */
  readonly memory: readonly DeviceTensor[];
  /** The step about to be taken, for a learner that goes before it. */
  readonly upcoming?: StepRecord;
}

export interface Lesson {
  readonly omega: readonly DeviceTensor[];
  readonly memory: readonly DeviceTensor[];
  /** Validation metric on the batch, before the update; larger is better. */
  readonly metric: number;
  /** ‖∂M/∂ω‖₂ */
  readonly gradientNorm: number;
  /** Drift of the reversal, if it was measured. */
  readonly drift: number | null;
}

/** Updates ω, every `every` student steps, from the last `window` of them. Holds compiled programs and no other state. */
export interface Learner {
  readonly every: number;
  /** `after` the last of its steps, with a window of those behind it; or `before` the first, with that one ahead of it. */
  readonly timing: "after" | "before";
  readonly window: number;
  /** Whether each step of the window must keep its θ, or the first alone. */
  readonly keeps: "every" | "first";
  /** The learner's arrays before the first update. */
  init(): Tensor[];
  update(episode: Episode): Promise<Lesson>;
  close(): Promise<void>;
}
