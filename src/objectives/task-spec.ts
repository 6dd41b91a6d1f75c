/** @file What is known of a task before it runs: all that a method is fitted to. */

export interface TaskSpec {
  readonly classes: number;
  /** Shapes of the internal states of one example by name, without the batch's axis; `I0` is `[d]`. */
  readonly states: Readonly<Record<string, readonly number[]>> & { readonly I0: readonly number[] };
  /** Examples of a full batch. */
  readonly batch: number;
}
