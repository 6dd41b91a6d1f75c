/**
 * @file Synthetic label noise: given label ~ Categorical(C[clean label]) for a row-stochastic matrix C.
 *
 * The matrices are those of Meta-Weight-Net's `load_corrupted_data.py`. Unlike there, the draw for an example depends
 * only on (seed, stream, original index), so its label is the same for any method, split or subset.
 */

import { ConfigError } from "../../errors.ts";
import { Random } from "../../random.ts";
import { pickLabels } from "../labels.ts";
import { probabilityAt } from "./model-name.ts";
import type { LabelledSet, NoiseModel, NoiseSetting } from "./noise.ts";
import { noisyLabels } from "./noise.ts";

/** Classes that class `i` of a data set turns into, each with the same probability. */
type Targets = (data: LabelledSet, i: number, seed: number) => readonly number[];

/**
 * The model `name:PROBABILITY`: with this probability a label is redrawn from its class's targets.
 *
 * @param otherNames names of the same noise in other programs → advice in an error
 */
export function drawnNoise(name: string, otherNames: Readonly<Record<string, string>>, targets: Targets): NoiseModel {
  return {
    name,
    form: `${name}:PROBABILITY`,
    otherNames,
    parse(argument) {
      const p = probability(name, argument);
      return fromMatrix(`${name}:${p}`, (data, seed) =>
        transitionMatrix(data.classes.length, p, (i) => targets(data, i, seed)),
      );
    },
  };
}

/** A setting whose labels are drawn from a matrix `[K, K]`. */
export function fromMatrix(text: string, matrixOf: (data: LabelledSet, seed: number) => Float64Array): NoiseSetting {
  return {
    text,
    fit(data, { seed }) {
      const matrix = matrixOf(data, seed);
      const K = data.classes.length;
      return {
        matrix,
        corrupt(indices, stream) {
          const clean = pickLabels(data.train.labels, indices);
          const given = clean.map((label, n) => {
            const u = new Random(seed, stream, indices[n]).uniform();
            return categorical(matrix.subarray(label * K, (label + 1) * K), u);
          });
          return noisyLabels(clean, indices, given);
        },
      };
    },
  };
}

/** C = (1 − p) I + p T, where row i of T is uniform over the targets of class i: `[K, K]`. */
export function transitionMatrix(K: number, p: number, targetsOf: (i: number) => readonly number[]): Float64Array {
  const matrix = new Float64Array(K * K);
  for (let i = 0; i < K; i++) {
    matrix[i * K + i] = 1 - p;
    const targets = targetsOf(i);
    for (const j of targets) matrix[i * K + j]! += p / targets.length;
  }
  return matrix;
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

function probability(name: string, argument: string | undefined): number {
  if (argument === undefined || argument === "")
    throw new ConfigError(`noise: ${name} needs a probability, for example ${name}:0.4`);
  return probabilityAt([name, argument], 1);
}
