/** @file Encoder of a Transformer: a stack of layers in which each place looks at all real ones. */

import type { Value } from "../../graph/value.ts";
import type { Key } from "../../initial.ts";
import { paddingMask } from "../../nn/attention.ts";
import { embed } from "../../nn/embedding.ts";
import type { Tensor } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { child } from "../../tree.ts";
import type { Drop, StackSizes } from "./layers.ts";
import { initStack, layerAt, partsOf } from "./layers.ts";

/** Parameters of `encode` but for the table of embeddings: `encoder.0.self`, … */
export const initEncoder = (sizes: StackSizes, key: Key): Tree<Tensor> => initStack(sizes, "encoder", ["self"], key);

/**
 * States of the last layer, `[N · S, width]`; those of padding mean nothing.
 * @param params with a member `encoder` @param table of embeddings, `[V, width]` @param tokens `[N, S]` integers in
 * [0, V) @param real `[N, S]` 1 where there is a token, else 0
 */
export function encode(
  params: Tree<Value>,
  sizes: StackSizes,
  { table, tokens, real }: { readonly table: Value; readonly tokens: Value; readonly real: Value },
  drop: Drop,
): Value {
  const parts = partsOf(sizes);
  const N = tokens.shape[0]!;
  const mask = { keys: paddingMask(real) };
  let x = drop(embed(table, tokens), "source");
  for (let i = 0; i < sizes.layers; i++) {
    const at = layerAt(params, "encoder", i);
    const seen = parts.attention.apply(child(at, "self"), x, x, N, mask);
    x = parts.join(at, "norm1", x, drop(seen, `encoder.${i}.self`));
    x = parts.join(at, "norm2", x, drop(parts.feed(at, x), `encoder.${i}.ffn`));
  }
  return x;
}
