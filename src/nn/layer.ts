/**
 * @file Layers as pairs of pure functions: `init` draws parameters on the host, `apply` adds a layer's equations to a graph. A network is
 * such a pair made of others, and so is anything that a user writes.
 */

import type { Value } from "../graph/value.ts";
import { Random } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { sizeOf, tensor } from "../tensor.ts";
import type { Tree } from "../tree.ts";
import { child } from "../tree.ts";

/** Batch norm uses the batch's statistics when training and the running ones when evaluating. */
export type Mode = "train" | "eval";

/** What a layer starts with: `params` are trained, `state` (running statistics) only follows. */
export interface Variables {
  readonly params: Tree<Tensor>;
  readonly state: Tree<Tensor>;
}

export interface Applied {
  readonly y: Value;
  /** Running statistics after this batch; unchanged in `eval` mode. */
  readonly state: Tree<Value>;
}

export interface Layer {
  init(key: Key): Variables;
  apply(params: Tree<Value>, state: Tree<Value>, x: Value, mode: Mode): Applied;
}

/** Names the random numbers of one array: a seed and the array's dotted path. */
export interface Key {
  readonly seed: number;
  readonly path: string;
}

/** The key that a whole network starts from. */
export const rootKey = (seed: number, path = "init"): Key => ({ seed, path });

/** The key of a part. */
export const childKey = ({ seed, path }: Key, name: string): Key => ({ seed, path: `${path}.${name}` });

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

/** One number everywhere, as 32-bit floats. */
export function constantTensor(shape: readonly number[], value: number): Tensor {
  return tensor(new Float32Array(sizeOf(shape)).fill(value), shape);
}

/** A function without parameters as a layer. */
export function activation(f: (x: Value) => Value): Layer {
  return { init: () => ({ params: {}, state: {} }), apply: (_params, state, x) => ({ y: f(x), state }) };
}

/** Initialises named layers, each under its own name. */
export function initAll(layers: Readonly<Record<string, Layer>>, key: Key): Variables {
  const made = Object.entries(layers).map(([name, layer]) => [name, layer.init(childKey(key, name))] as const);
  const keep = (part: keyof Variables): Tree<Tensor> =>
    Object.fromEntries(made.map(([name, variables]) => [name, variables[part]]));
  return { params: keep("params"), state: keep("state") };
}

/** Applies the layer called `name`, reading its own parameters and state out of the whole's. */
export function applyNamed(
  layers: Readonly<Record<string, Layer>>,
  name: string,
  params: Tree<Value>,
  state: Tree<Value>,
  x: Value,
  mode: Mode,
): Applied {
  return layers[name]!.apply(child(params, name), child(state, name), x, mode);
}

/** Layers one after another, by name. */
export function sequential(layers: Readonly<Record<string, Layer>>): Layer {
  return {
    init: (key) => initAll(layers, key),
    apply(params, state, x, mode) {
      let y = x;
      const after: Record<string, Tree<Value>> = {};
      for (const name of Object.keys(layers)) {
        const applied = applyNamed(layers, name, params, state, y, mode);
        y = applied.y;
        after[name] = applied.state;
      }
      return { y, state: after };
    },
  };
}
