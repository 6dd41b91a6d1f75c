/**
 * @file Layers as pairs of pure functions: `init` draws parameters on the host, `apply` adds a layer's equations to a graph. A network is
 * such a pair made of others, and so is anything that a user writes.
 */

import type { Value } from "../graph/value.ts";
import type { Key } from "../initial.ts";
import type { Tensor } from "../tensor.ts";
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

/** The key that a whole network starts from. */
export const rootKey = (seed: number, path = "init"): Key => ({ seed, path });

/** The key of a part. */
export const childKey = ({ seed, path }: Key, name: string): Key => ({ seed, path: `${path}.${name}` });

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
