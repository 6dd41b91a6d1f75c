/** @file Label transitions over three classes by Bayes' rule, one number after another. */

import type { Random } from "../../src/random.ts";

export const C = 3;

/** A joint distribution of true class (rows) and given label that is nothing special. */
export const counts = [0.2, 0.05, 0.1, 0.02, 0.25, 0.03, 0.15, 0.05, 0.15];

/** How labels go wrong, for tests that are to find it. */
export const truth = [
  [0.7, 0.3, 0],
  [0.1, 0.5, 0.4],
  [0, 0.05, 0.95],
];

export const rows = (list: readonly number[], width: number): number[][] =>
  Array.from({ length: list.length / width }, (_, i) => list.slice(i * width, (i + 1) * width));
const normalise = (x: readonly number[]): number[] => x.map((value) => value / x.reduce((a, b) => a + b, 0));
export const softmax = (z: readonly number[]): number[] => normalise(z.map(Math.exp));
/** T[c][j]: each count has 1e-5 of an even class more. */
export const matrixOf = (N: readonly number[]): number[][] =>
  rows(N, C).map((row) => normalise(row.map((n) => n + 1e-5 / C)));
export const posteriors = (
  T: readonly number[][],
  beliefs: readonly number[][],
  labels: readonly number[],
): number[][] => beliefs.map((p, k) => normalise(p.map((value, c) => T[c]![labels[k]!]! * value)));

/** A class drawn from a distribution. */
export function drawn(p: readonly number[], random: Random): number {
  const u = random.uniform();
  return u < p[0]! ? 0 : u < p[0]! + p[1]! ? 1 : 2;
}
