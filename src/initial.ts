/** @file Initial values of arrays, as 32-bit floats. They depend only on a seed and the array's name. */

import { Random } from "./random.ts";
import type { Tensor } from "./tensor.ts";
import { sizeOf, tensor } from "./tensor.ts";

/** The key of one array's random numbers: a seed and the array's dotted path. */
export interface Key {
  readonly seed: number;
  readonly path: string;
}

/** Normal numbers with standard deviation `std`. */
export function normalTensor(key: Key, shape: readonly number[], std: number): Tensor {
  const random = new Random(key.seed, key.path);
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = std * random.normal();
  return tensor(data, shape);
}

/** Uniform numbers in [−bound, bound). */
export function uniformTensor(key: Key, shape: readonly number[], bound: number): Tensor {
  const random = new Random(key.seed, key.path);
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = bound * (2 * random.uniform() - 1);
  return tensor(data, shape);
}

/** He initialisation: variance 2 / fan-in (He et al. 2015). */
export function heTensor(key: Key, shape: readonly number[], fanIn: number): Tensor {
  return normalTensor(key, shape, Math.sqrt(2 / fanIn));
}

/** Xavier initialisation of a weight `[inputs, outputs]`: uniform, variance gain² · 2 / (inputs + outputs) (Glorot 2010). */
export function xavierTensor(key: Key, shape: readonly [inputs: number, outputs: number], gain = 1): Tensor {
  return uniformTensor(key, shape, gain * Math.sqrt(6 / (shape[0] + shape[1])));
}

/** An array that holds one number everywhere, as 32-bit floats. */
export function constantTensor(shape: readonly number[], value: number): Tensor {
  return tensor(new Float32Array(sizeOf(shape)).fill(value), shape);
}
