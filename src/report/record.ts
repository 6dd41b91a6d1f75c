/** @file What a report on weights is made from: plain records, wherever they come from. Weights are N · w, so that 1 is the uniform weight. */

/** A training example with its weights as recorded; null where it has not been seen. Labels are positions in the list of classes. */
export interface Weighed {
  readonly index: number;
  readonly given: number;
  readonly clean: number;
  readonly lastWeight: number | null;
  readonly meanWeight: number | null;
}

/** An example of the sample, and where it lies on the map. */
export interface Mapped extends Weighed {
  /** Cross-entropy against the given label, nats. */
  readonly loss: number;
  readonly weight: number;
  readonly x: number;
  readonly y: number;
}

/** How the weights of right and of wrong labels were spread after an epoch: counts in bins around 0, binWidth, 2 · binWidth, … */
export interface Histogram {
  readonly epoch: number;
  readonly binWidth: number;
  readonly clean: readonly number[];
  readonly wrong: readonly number[];
}

export interface WeightRecord {
  readonly classes: readonly string[];
  readonly sample: readonly Mapped[];
  readonly training: readonly Weighed[];
  readonly histograms: readonly Histogram[];
  /** What the method has learnt of how labels go wrong: P(given label j | true class c) in row c. */
  readonly transitions?: readonly (readonly number[])[];
}

/** A table: columns in the order of the first row's keys. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Whether any label is known to be wrong. */
export const hasWrong = ({ training }: Pick<WeightRecord, "training">): boolean =>
  training.some(({ given, clean }) => given !== clean);
