/** @file The interface of learners: how ω learns while the student trains. */

import type { DeviceTensor } from "../../engines/engine.ts";
import type { StepRecord, SweepInput } from "../../hyper/sweep.ts";
import type { Tensor } from "../../tensor.ts";

/**
 * The student and its last steps, at the moment of an update. `validation` is a clean batch, in the outer
 * problem's form.
 */
export interface Window extends SweepInput {
  /** The learner's own arrays. */
  readonly memory: readonly DeviceTensor[];
  /** The step about to be taken, for a learner that updates before it. */
  readonly upcoming?: StepRecord;
}

/** The result of an update. */
export interface Update {
  /** Why ω and memory were left as they were; absent for an update that was made. */
  readonly rejected?: string;
  readonly omega: readonly DeviceTensor[];
  readonly memory: readonly DeviceTensor[];
  /** Validation metric on the batch, before the update; larger is better. */
  readonly metric: number;
  /** ‖∂M/∂ω‖₂ */
  readonly gradientNorm: number;
  /** Drift of the reversal, if it was measured. */
  readonly drift: number | null;
}

/** When a learner updates ω, and which steps must be remembered for it. */
export type Timing =
  | {
      /** Before every `every`-th step, with that step ahead. */
      readonly when: "before";
      readonly every: number;
    }
  | {
      /** After every `every`-th step. */
      readonly when: "after";
      readonly every: number;
      /** The last steps that it goes back through; absent where it needs none. */
      readonly window?: {
        readonly steps: number;
        /** Whether each step of the window must keep the parameters before it, or the first alone. */
        readonly keepsTheta: "every" | "first";
      };
    };

/** Updates ω. Holds compiled programs and no other state. */
export interface Learner {
  readonly timing: Timing;
  /** The learner's arrays before the first update. */
  init(): Tensor[];
  update(window: Window): Promise<Update>;
  close(): Promise<void>;
}
