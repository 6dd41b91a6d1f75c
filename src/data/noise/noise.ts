/**
 * @file Synthetic label noise: a row-stochastic matrix C, new label ~ Categorical(C[old label]).
 *
 * The matrices are those of Meta-Weight-Net's `load_corrupted_data.py`. Unlike there, the draw for an example depends
 * only on (seed, original index), so its label is the same for any method, split or subset.
 */

import { DataError } from "../../errors.ts";
import { Random } from "../../random.ts";
import { sha256 } from "../dataset.ts";
import { CIFAR100_FLIPS, CIFAR10_FLIPS } from "./flip-pairs.ts";
import type { NoiseSpec } from "./noise-spec.ts";

export interface NoisyLabels {
  /** `[n]` labels to train on */
  readonly labels: Uint8Array;
  /** `[n]` 1 if the given label differs from the clean one, else 0 */
  readonly mask: Uint8Array;
  /** share of ones in the mask: the effective noise rate, in [0, 1] */
  readonly rate: number;
  /** `[K, K]` row-stochastic, row = clean class; absent where the labels were not drawn */
  readonly matrix: Float64Array | undefined;
  /** SHA-256 over the original indices (uint32, little-endian) and the labels */
  readonly hash: string;
}

type MatrixSpec = Exclude<NoiseSpec, { kind: "cifarn" }>;

/**
 * Transition matrix of a noise setting: `[K, K]`, row i holds P(given | clean = i).
 *
 * @param dataset name: CIFAR-10 and CIFAR-100 have fixed flip2 targets; all others are drawn from `seed`
 */
export function transitionMatrix(spec: MatrixSpec, dataset: string, classes: number, seed: number): Float64Array {
  const K = classes;
  const matrix = new Float64Array(K * K);
  const p = spec.kind === "none" ? 0 : spec.p;
  for (let i = 0; i < K; i++) {
    matrix[i * K + i] = 1 - p;
    // C = (p/K) 11ᵀ + (1 − p) I: the true class is among the targets.
    const targets =
      spec.kind === "none"
        ? []
        : spec.kind === "uniform"
          ? Array.from({ length: K }, (_, j) => j)
          : flipTargets(spec.kind, dataset, i, K, seed);
    for (const j of targets) matrix[i * K + j]! += p / targets.length;
  }
  return matrix;
}

/** Other classes that class `i` flips to: one (flip1) or two distinct ones (flip2). */
function flipTargets(kind: "flip1" | "flip2", dataset: string, i: number, K: number, seed: number): readonly number[] {
  const wanted = kind === "flip1" ? 1 : 2;
  if (K <= wanted) throw new DataError(`noise: ${kind} needs at least ${wanted + 1} classes, ${dataset} has ${K}`);
  if (kind === "flip2" && dataset === "cifar10" && K === 10) return CIFAR10_FLIPS[i]!;
  if (kind === "flip2" && dataset === "cifar100" && K === 100) return CIFAR100_FLIPS[i]!;
  const others = Array.from({ length: K - 1 }, (_, j) => (j < i ? j : j + 1));
  const order = new Random(seed, `${kind}-targets`, i).permutation(K - 1);
  return Array.from(order.subarray(0, wanted), (j) => others[j]!);
}

/**
 * Draws a given label for each example.
 *
 * @param clean `[n]` true labels of the examples
 * @param indices `[n]` their original indices in the training set, which are the counters of the draws
 * @param matrix `[K, K]` row-stochastic
 * @param stream random stream of the draws: validation examples have their own
 */
export function corrupt(
  clean: Uint8Array,
  indices: Uint32Array,
  matrix: Float64Array,
  seed: number,
  stream: "noise" | "validation noise" = "noise",
): NoisyLabels {
  const K = Math.sqrt(matrix.length);
  const labels = clean.map((label, n) => {
    const u = new Random(seed, stream, indices[n]).uniform();
    return categorical(matrix.subarray(label * K, (label + 1) * K), u);
  });
  return noisyLabels(clean, indices, labels, matrix);
}

/** Inverse of the distribution function: the first class at which the cumulative probability exceeds u ∈ [0, 1). */
function categorical(row: Float64Array, u: number): number {
  let sum = 0;
  let last = 0;
  for (let j = 0; j < row.length; j++) {
    if (row[j]! === 0) continue;
    sum += row[j]!;
    last = j;
    if (u < sum) return j;
  }
  // Rounding can leave the sum a little below 1.
  return last;
}

/** Compares given with clean labels and hashes them. */
export function noisyLabels(
  clean: Uint8Array,
  indices: Uint32Array,
  labels: Uint8Array,
  matrix: Float64Array | undefined,
): NoisyLabels {
  const mask = labels.map((label, n) => (label === clean[n] ? 0 : 1));
  const wrong = mask.reduce((sum, flag) => sum + flag, 0);
  return { labels, mask, rate: labels.length === 0 ? 0 : wrong / labels.length, matrix, hash: sha256(indices, labels) };
}
