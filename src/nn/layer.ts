/**
 * @file Layers as pairs of pure functions: `init` draws parameters on the host, `apply` adds the layer's equations to a
 * graph. A network is a layer composed of layers, and users can write their own.
 */

import type { Value } from "../graph/value.ts";
import type { Key } from "../initial.ts";
import type { Tensor } from "../tensor.ts";
import type { Tree } from "../tree.ts";
import { child } from "../tree.ts";

/** `train`: batch norm uses the batch's statistics. `eval`: it uses the running statistics. */
export type Mode = "train" | "eval";

/** Randomness of one training step at one place of the network. */
export interface Rng {
  /** `[4]`, integers: the step's key, an input of the graph. A replayed step has the same one. */
  readonly key: Value;
  /** Names of the layers around the place: `encoder.0.ffn`; empty for the whole network. */
  readonly path: string;
}

/** How a pass is made. */
export interface PassContext {
  readonly mode: Mode;
  /** Only in steps of students that say they are random; a pass without it draws nothing, in either mode. */
  readonly rng?: Rng;
}

/** A layer's initial arrays. */
export interface Variables {
  /** Arrays that are trained. */
  readonly params: Tree<Tensor>;
  /** Running statistics: averages over batches, which gradients do not reach. */
  readonly statistics: Tree<Tensor>;
}

/** The result of a layer. */
export interface Applied {
  readonly y: Value;
  /** Running statistics after this batch; unchanged in `eval` mode. */
  readonly statistics: Tree<Value>;
}

/** A layer, or a whole network. */
export interface Layer {
  init(key: Key): Variables;
  apply(params: Tree<Value>, statistics: Tree<Value>, x: Value, pass: PassContext): Applied;
}

/** The key of a whole network. */
export const rootKey = (seed: number, path = "init"): Key => ({ seed, path });

/** The key of a part of the network. */
export const childKey = ({ seed, path }: Key, name: string): Key => ({ seed, path: `${path}.${name}` });

/** The randomness of a part of the network. */
export const childRng = ({ key, path }: Rng, name: string): Rng => ({
  key,
  path: path === "" ? name : `${path}.${name}`,
});

/** A function without parameters as a layer. */
export function activation(f: (x: Value) => Value): Layer {
  return {
    init: () => ({ params: {}, statistics: {} }),
    apply: (_params, statistics, x) => ({ y: f(x), statistics }),
  };
}

/** Initialises named layers, each under its own name. */
export function initAll(layers: Readonly<Record<string, Layer>>, key: Key): Variables {
  const made = Object.entries(layers).map(([name, layer]) => [name, layer.init(childKey(key, name))] as const);
  const keep = (part: keyof Variables): Tree<Tensor> =>
    Object.fromEntries(made.map(([name, variables]) => [name, variables[part]]));
  return { params: keep("params"), statistics: keep("statistics") };
}

/** Applies the layer called `name` with its own part of `params`, `statistics` and randomness. */
export function applyNamed(
  layers: Readonly<Record<string, Layer>>,
  name: string,
  params: Tree<Value>,
  statistics: Tree<Value>,
  x: Value,
  pass: PassContext,
): Applied {
  const own = pass.rng ? { ...pass, rng: childRng(pass.rng, name) } : pass;
  return layers[name]!.apply(child(params, name), child(statistics, name), x, own);
}

/** Applies named layers one after another. */
export function sequential(layers: Readonly<Record<string, Layer>>): Layer {
  return {
    init: (key) => initAll(layers, key),
    apply(params, statistics, x, pass) {
      let y = x;
      const after: Record<string, Tree<Value>> = {};
      for (const name of Object.keys(layers)) {
        const applied = applyNamed(layers, name, params, statistics, y, pass);
        y = applied.y;
        after[name] = applied.statistics;
      }
      return { y, statistics: after };
    },
  };
}
