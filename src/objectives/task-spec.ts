/** @file What is known of a task before it runs: all that a method is fitted to. */

import type { Internals } from "../models/student.ts";
import type { Feature } from "./features.ts";

export interface TaskSpec {
  /** K, where an example has one of K classes. */
  readonly classes?: number;
  /** Shapes of the internal states of one example by name, without the batch's axis; `I0` is `[d]`. */
  readonly internals: Internals<readonly number[]>;
  /** What a teacher may see of an example, by name. */
  readonly features: Readonly<Record<string, Feature>>;
  /** Examples of the largest batch. */
  readonly rows: number;
}

/** d, the numbers of I0. */
export const widthOfI0 = ({ internals }: Pick<TaskSpec, "internals">): number =>
  internals.I0.reduce((product, extent) => product * extent, 1);
