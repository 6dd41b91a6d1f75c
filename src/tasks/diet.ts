/** @file Diet of a run: how many rows of its training batches are trusted examples. */

/** Part of a run in which batches have one composition. */
export interface DietPhase {
  /** Passes over the training part before it; may be a fraction. */
  readonly fromPass: number;
  /** Share of trusted rows, in [0, 1]. */
  readonly share: number;
}

/** Phases by their beginning, the first at 0. */
export type Diet = readonly DietPhase[];

/**
 * Trusted rows in the batches before `draw`. Fractions of a row add up, so that any number of batches has the share to
 * within one row.
 * @param size rows of a batch
 */
export function trustedBefore(diet: Diet, draw: number, { stepsPerPass, size }: BatchCounts): number {
  const starts = diet.map(({ fromPass }) => Math.round(fromPass * stepsPerPass));
  const rows = diet.map(({ share }, i) => {
    const draws = Math.min(draw, starts[i + 1] ?? Infinity) - starts[i]!;
    return Math.max(0, draws) * size * share;
  });
  // Sums of shares may fall short of a whole number by rounding.
  return Math.floor(rows.reduce((total, some) => total + some, 0) + 1e-6);
}

interface BatchCounts {
  readonly stepsPerPass: number;
  readonly size: number;
}

/** Share of trusted rows at which each trusted example is drawn `copies` times as often as an untrusted one. */
export const shareOfTrusted = (untrusted: number, trusted: number, copies: number): number =>
  (copies * trusted) / (untrusted + copies * trusted);
