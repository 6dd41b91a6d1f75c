/** @file The input of a report on weights, as plain records. Weights are N · w, so that 1 is the uniform weight. */

/** A training example with its recorded weights, null if it was never seen. Labels are positions in `classes`. */
export interface Weighed {
  readonly index: number;
  readonly given: number;
  /** null where nobody knows */
  readonly clean: number | null;
  readonly lastWeight: number | null;
  readonly meanWeight: number | null;
}

/** An example of the sample, with its coordinates on the map. */
export interface Mapped extends Weighed {
  /** Cross-entropy against the given label, nats. */
  readonly loss: number;
  readonly weight: number;
  readonly x: number;
  readonly y: number;
}

/** Weights of right and of wrong labels after an epoch, as counts in bins around 0, binWidth, 2 · binWidth, … */
export interface Histogram {
  readonly epoch: number;
  readonly binWidth: number;
  readonly clean: readonly number[];
  readonly wrong: readonly number[];
  /** Absent if all labels are known to be right or wrong. */
  readonly unknown?: readonly number[];
}

/** The data of a report on weights. */
export interface WeightRecord {
  readonly classes: readonly string[];
  readonly sample: readonly Mapped[];
  readonly training: readonly Weighed[];
  readonly histograms: readonly Histogram[];
  /** The transition matrix that the method has learnt: P(given label j | true class c) in row c. */
  readonly transitions?: readonly (readonly number[])[];
}

/** A table: columns in the order of the first row's keys. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Whether any label is known to be wrong. */
export const hasWrong = ({ training }: Pick<WeightRecord, "training">): boolean =>
  training.some(({ given, clean }) => clean !== null && given !== clean);

/** What is known of a given label. */
export const verdictOn = ({ given, clean }: Pick<Weighed, "given" | "clean">): "right" | "wrong" | "unknown" =>
  clean === null ? "unknown" : given === clean ? "right" : "wrong";
