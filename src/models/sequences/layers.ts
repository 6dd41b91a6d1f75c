/** @file Layers of a Transformer with layer norm behind each addition (Vaswani et al. 2017), as fairseq has them. */

import type { Value } from "../../graph/value.ts";
import type { Key } from "../../initial.ts";
import type { Attention } from "../../nn/attention.ts";
import { attention } from "../../nn/attention.ts";
import { feedForward } from "../../nn/feed-forward.ts";
import type { Layer } from "../../nn/layer.ts";
import { childKey } from "../../nn/layer.ts";
import { layerNorm } from "../../nn/layer-norm.ts";
import { add } from "../../ops/elementwise.ts";
import type { Tensor } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { child } from "../../tree.ts";

/** Extents of a stack of layers. */
export interface StackSizes {
  /** d: numbers of each place. */
  readonly width: number;
  /** Numbers between the two products of a layer. */
  readonly inner: number;
  /** A divisor of the width. */
  readonly heads: number;
  readonly layers: number;
}

/** What dropout does to `[R, width]` numbers at a place of the network, told by its path. */
export type Drop = (x: Value, site: string) => Value;

/** Parts of a layer, as functions of the layer's own parameters. */
export interface Parts {
  readonly attention: Attention;
  /** The two products that look at one place alone. */
  feed(at: Tree<Value>, x: Value): Value;
  /** LN(x + y) by the norm called `name`. */
  join(at: Tree<Value>, name: string, x: Value, y: Value): Value;
}

export function partsOf({ width, inner, heads }: StackSizes): Parts {
  const through = (layer: Layer, at: Tree<Value>, x: Value): Value => layer.apply(at, {}, x, { mode: "eval" }).y;
  const [forward, norm] = [feedForward(width, inner), layerNorm(width)];
  return {
    attention: attention(width, heads),
    feed: (at, x) => through(forward, child(at, "ffn"), x),
    join: (at, name, x, y) => through(norm, child(at, name), add(x, y)),
  };
}

/** The part of a tree that belongs to layer `i` of the stack `name`. */
export const layerAt = (params: Tree<Value>, name: string, i: number): Tree<Value> =>
  child(child(params, name), String(i));

/** Initial parameters of the stack `name`, whose layers have these attentions, in the order of use. */
export function initStack(
  { width, inner, heads, layers }: StackSizes,
  name: "encoder" | "decoder",
  attentions: readonly string[],
  key: Key,
): Tree<Tensor> {
  const norm = (i: number): [string, Pick<Layer, "init">] => [`norm${i + 1}`, layerNorm(width)];
  const parts: readonly [string, Pick<Layer, "init">][] = [
    ...attentions.flatMap((part, i) => [[part, attention(width, heads)] as [string, Attention], norm(i)]),
    ["ffn", feedForward(width, inner)],
    norm(attentions.length),
  ];
  const layer = (i: number): Tree<Tensor> =>
    Object.fromEntries(parts.map(([part, { init }]) => [part, init(childKey(key, `${name}.${i}.${part}`)).params]));
  return Object.fromEntries(Array.from({ length: layers }, (_, i) => [String(i), layer(i)]));
}
