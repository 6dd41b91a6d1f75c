/** @file Sequences of ids of different lengths, in two arrays. */

/** Row n is `values[offsets[n] … offsets[n + 1])`. */
export interface Ragged {
  readonly values: Int32Array;
  /** `[N + 1]` */
  readonly offsets: Uint32Array;
}

export function raggedOf(rows: readonly Int32Array[]): Ragged {
  const offsets = new Uint32Array(rows.length + 1);
  for (const [n, { length }] of rows.entries()) offsets[n + 1] = offsets[n]! + length;
  const values = new Int32Array(offsets[rows.length]!);
  for (const [n, row] of rows.entries()) values.set(row, offsets[n]);
  return { values, offsets };
}

export const rowOf = ({ values, offsets }: Ragged, n: number): Int32Array =>
  values.subarray(offsets[n], offsets[n + 1]);

/** `[N]` lengths of the rows. */
export const lengthsOf = ({ offsets }: Ragged): Uint32Array =>
  Uint32Array.from({ length: offsets.length - 1 }, (_, n) => offsets[n + 1]! - offsets[n]!);
