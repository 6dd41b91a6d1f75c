/** @file What `reweight doctor` says of one engine. */

/** One engine's state on this machine. */
export interface Diagnosis {
  readonly name: string;
  readonly loads: boolean;
  readonly version?: string;
  readonly detail: readonly string[];
  /** What to do when it does not load. */
  readonly remedy?: string;
}
