/**
 * @file Decoder of a Transformer: each place looks at itself and those before, and at the source. Over whole targets, as
 * in training, or one token after another with what earlier tokens left in a cache.
 */

import type { Value } from "../../graph/value.ts";
import type { Key } from "../../initial.ts";
import type { AttentionMask, AttentionMemory } from "../../nn/attention.ts";
import { causalMask, closedPlaces, paddingMask } from "../../nn/attention.ts";
import { embed, tokenVectors } from "../../nn/embedding.ts";
import { expand } from "../../ops/broadcast.ts";
import { add, equal, mul } from "../../ops/elementwise.ts";
import { iota } from "../../ops/gather.ts";
import { matmul } from "../../ops/matmul.ts";
import { reshape } from "../../ops/movement.ts";
import { placeVectors } from "../../ops/place-vectors.ts";
import type { Spec, Tensor } from "../../tensor.ts";
import { float } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { child, leaf } from "../../tree.ts";
import type { Drop, StackSizes } from "./layers.ts";
import { initStack, layerAt, partsOf } from "./layers.ts";

/** Parameters of the decoder but for the table of embeddings: `decoder.0.self`, `decoder.0.cross`, … */
export const initDecoder = (sizes: StackSizes, key: Key): Tree<Tensor> =>
  initStack(sizes, "decoder", ["self", "cross"], key);

/**
 * What the decoder reads of N sources: `padding` `[N, S]`, −1e9 where there is none, else 0, and by layer cross `keys` and
 * `values` `[N · heads, S, width / heads]`.
 * @param encoded `[N · S, width]` @param real `[N, S]` 1 where the source has a token, else 0
 */
export function sourceMemory(params: Tree<Value>, sizes: StackSizes, encoded: Value, real: Value): Tree<Value> {
  const { attention } = partsOf(sizes);
  const layer = (i: number): Tree<Value> => {
    const rows = attention.project(child(layerAt(params, "decoder", i), "cross"), encoded);
    return { ...attention.split(rows, real.shape[0]!) };
  };
  return { padding: paddingMask(real), ...eachLayer(sizes, layer) };
}

/**
 * Specs of what earlier tokens of R targets left, with room for some places: by layer `keys` and `values`
 * `[R, places · width]`. Before the first token all is 0.
 */
export function cacheSpecs(sizes: StackSizes, rows: number, places: number): Tree<Spec> {
  const all = float([rows, places * sizes.width]);
  return eachLayer(sizes, () => ({ keys: all, values: all }));
}

const eachLayer = <T>({ layers }: StackSizes, make: (i: number) => T): Record<string, T> =>
  Object.fromEntries(Array.from({ length: layers }, (_, i) => [String(i), make(i)]));

const memoryAt = (tree: Tree<Value>, layer: string): AttentionMemory => {
  const at = child(tree, layer);
  return { keys: leaf(at, "keys"), values: leaf(at, "values") };
};

/** How a layer's places look at each other. */
type SelfLook = (at: Tree<Value>, x: Value, layer: string) => Value;

/** States of the last layer, from those of the embedding. */
function decoderStack(
  params: Tree<Value>,
  sizes: StackSizes,
  source: Tree<Value>,
  x: Value,
  selfLook: SelfLook,
  drop: Drop,
): Value {
  const parts = partsOf(sizes);
  const mask: AttentionMask = { keys: leaf(source, "padding") };
  const N = mask.keys!.shape[0]!;
  let y = x;
  for (let i = 0; i < sizes.layers; i++) {
    const at = layerAt(params, "decoder", i);
    y = parts.join(at, "norm1", y, drop(selfLook(child(at, "self"), y, String(i)), `decoder.${i}.self`));
    const seen = parts.attention.look(child(at, "cross"), y, memoryAt(source, String(i)), N, mask);
    y = parts.join(at, "norm2", y, drop(seen, `decoder.${i}.cross`));
    y = parts.join(at, "norm3", y, drop(parts.feed(at, y), `decoder.${i}.ffn`));
  }
  return y;
}

/**
 * States of whole targets, `[N · T, width]`: that of a place depends on the tokens up to it.
 * @param table of embeddings, `[V, width]` @param previous `[N, T]` `</s>`, then the target without its last token
 */
export function decode(
  params: Tree<Value>,
  sizes: StackSizes,
  { table, source, previous }: { readonly table: Value; readonly source: Tree<Value>; readonly previous: Value },
  drop: Drop,
): Value {
  const { attention } = partsOf(sizes);
  const [N, T] = previous.shape as [number, number];
  const places = causalMask(T);
  const x = drop(embed(table, previous), "target");
  return decoderStack(params, sizes, source, x, (at, y) => attention.apply(at, y, y, N, { places }), drop);
}

interface NextToken {
  /** Of embeddings, `[V, width]`. */
  readonly table: Value;
  readonly source: Tree<Value>;
  readonly cache: Tree<Value>;
  /** `[R]` the token before the one to come, `</s>` at the beginning. */
  readonly last: Value;
  /** `[1]` how many tokens came before it. */
  readonly place: Value;
}

/**
 * The state after one more token of each target, `[R, width]`, and the cache with that token. R = N · beam: targets of
 * one source lie one after another.
 */
export function decodeNext(
  params: Tree<Value>,
  sizes: StackSizes,
  { table, source, cache, last, place }: NextToken,
): { readonly state: Value; readonly cache: Tree<Value> } {
  const { attention } = partsOf(sizes);
  const { width } = sizes;
  const R = last.shape[0]!;
  const places = memoryAt(cache, "0").keys.shape[1]! / width;
  const here = equal(iota(places), expand(place, [places]));
  const closed = closedPlaces(places, place);
  const kept: Record<string, Tree<Value>> = {};
  /** The cache of one array, with this token's row at its place. */
  const extended = (old: Value, row: Value): Value => {
    const rows = mul(reshape(row, [R, 1, width]), reshape(here, [1, places, 1]));
    return add(old, reshape(rows, [R, places * width]));
  };
  const asRows = (x: Value): Value => reshape(x, [R * places, width]);
  const selfLook: SelfLook = (at, y, layer) => {
    const own = attention.project(at, y);
    const old = memoryAt(cache, layer);
    const now = { keys: extended(old.keys, own.keys), values: extended(old.values, own.values) };
    kept[layer] = now;
    const memory = attention.split({ keys: asRows(now.keys), values: asRows(now.values) }, R);
    return attention.look(at, y, memory, R, { places: closed });
  };
  const vector = matmul(reshape(here, [1, places]), placeVectors(places, width));
  const x = add(tokenVectors(table, last), vector);
  const state = decoderStack(params, sizes, source, x, selfLook, (y) => y);
  return { state, cache: kept };
}
