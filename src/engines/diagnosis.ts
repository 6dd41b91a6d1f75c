/** @file One engine's entry in `reweight doctor`. */

/** One engine's state on this machine. */
export interface Diagnosis {
  readonly name: string;
  readonly loads: boolean;
  readonly version?: string;
  readonly detail: readonly string[];
  /** The user's next step if the engine does not load. */
  readonly remedy?: string;
}
