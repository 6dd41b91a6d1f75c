/**
 * @file An encoder–decoder Transformer out of `nn/`, as the recorded numbers have it: post-norm, one embedding for
 * source, target and output.
 */

import type { Value } from "../../src/graph/value.ts";
import type { Key } from "../../src/initial.ts";
import type { AttentionMask } from "../../src/nn/attention.ts";
import { attention, causalMask, paddingMask } from "../../src/nn/attention.ts";
import { embed, initEmbedding } from "../../src/nn/embedding.ts";
import { feedForward } from "../../src/nn/feed-forward.ts";
import type { Layer } from "../../src/nn/layer.ts";
import { childKey } from "../../src/nn/layer.ts";
import { layerNorm } from "../../src/nn/layer-norm.ts";
import { expand, sum } from "../../src/ops/broadcast.ts";
import { logSoftmax } from "../../src/ops/compose.ts";
import { add, mul, neg } from "../../src/ops/elementwise.ts";
import { matmul, transposeMatrix } from "../../src/ops/matmul.ts";
import { reshape } from "../../src/ops/movement.ts";
import { take } from "../../src/ops/take.ts";
import type { Spec, Tensor } from "../../src/tensor.ts";
import { float, int } from "../../src/tensor.ts";
import type { Tree } from "../../src/tree.ts";
import { child, leaf } from "../../src/tree.ts";

export interface Sizes {
  readonly V: number;
  readonly d: number;
  readonly heads: number;
  readonly ffn: number;
  readonly layers: number;
}

/** One batch, with 1 where a token is real and 0 elsewhere. */
export type Sentences<T = Value> = Readonly<
  Record<"source" | "previous" | "target" | "sourceReal" | "real" | "sourcePlaces" | "places", T>
>;

/** What dropout does at a site; sites are counted in the order of use. */
export type Drop = (x: Value, site: number) => Value;

export function sentenceSpecs(N: number, S: number, T: number, d: number): Sentences<Spec> {
  return {
    source: int([N, S]),
    previous: int([N, T]),
    target: int([N, T]),
    sourceReal: float([N, S]),
    real: float([N, T]),
    sourcePlaces: float([S, d]),
    places: float([T, d]),
  };
}

/** Decoder and encoder states, `[N · T, d]` and `[N · S, d]`. */
export function states(theta: Tree<Value>, sizes: Sizes, batch: Sentences, drop: Drop = (x) => x) {
  const { d, heads, ffn } = sizes;
  const [N] = batch.source.shape as [number];
  const look = attention(d, heads);
  const through = (layer: Layer, at: Tree<Value>, x: Value): Value => layer.apply(at, {}, x, { mode: "train" }).y;
  const norm = (at: Tree<Value>, x: Value): Value => through(layerNorm(d), at, x);
  let site = 0;
  const dropped = (x: Value): Value => drop(x, site++);
  const looking = (at: Tree<Value>, x: Value, memory: Value, mask: AttentionMask): Value =>
    add(x, dropped(look.apply(at, x, memory, N, mask)));
  const alone = (at: Tree<Value>, x: Value): Value => add(x, dropped(through(feedForward(d, ffn), at, x)));

  const padding = { keys: paddingMask(batch.sourceReal) };
  const causal = { places: causalMask(batch.previous.shape[1]!) };
  const table = leaf(theta, "embedding");
  let encoded = dropped(embed(table, batch.source, batch.sourcePlaces));
  for (let i = 0; i < sizes.layers; i++) {
    const at = child(child(theta, "encoder"), String(i));
    encoded = norm(child(at, "norm1"), looking(child(at, "self"), encoded, encoded, padding));
    encoded = norm(child(at, "norm2"), alone(child(at, "ffn"), encoded));
  }
  let decoded = dropped(embed(table, batch.previous, batch.places));
  for (let i = 0; i < sizes.layers; i++) {
    const at = child(child(theta, "decoder"), String(i));
    decoded = norm(child(at, "norm1"), looking(child(at, "self"), decoded, decoded, causal));
    decoded = norm(child(at, "norm2"), looking(child(at, "cross"), decoded, encoded, padding));
    decoded = norm(child(at, "norm3"), alone(child(at, "ffn"), decoded));
  }
  return { decoded, encoded };
}

/** Σ over a sequence's real places: x `[N · T, d]`, real `[N, T]` → `[N, d]`. */
export function sumPlaces(x: Value, real: Value): Value {
  const [N, T] = real.shape as [number, number];
  const d = x.shape[1]!;
  const kept = mul(reshape(x, [N, T, d]), reshape(real, [N, T, 1]));
  return reshape(sum(kept, [1]), [N, d]);
}

/** Losses `[N, T]` of tokens, 0 at padding, with a share `smoothing` of each label spread over all V tokens. */
export function tokenLosses(decoded: Value, table: Value, { target, real }: Sentences, smoothing: number): Value {
  const V = table.shape[0]!;
  const logs = logSoftmax(matmul(decoded, transposeMatrix(table)), 1);
  const labelled = take(logs, reshape(target, [target.shape[0]! * target.shape[1]!]));
  const all = reshape(sum(logs, [1]), labelled.shape);
  const loss = neg(add(mul(labelled, 1 - smoothing), mul(all, smoothing / V)));
  return mul(reshape(loss, real.shape), real);
}

/** Σ over places of `[N, T]`, as `[N]`. */
export const perSentence = (x: Value): Value => reshape(sum(x, [1]), [x.shape[0]!]);

/** Initial parameters under the recorded names. */
export function initialParameters({ V, d, heads, ffn, layers }: Sizes, key: Key): Tree<Tensor> {
  const parts: Readonly<Record<string, Pick<Layer, "init">>> = {
    self: attention(d, heads),
    cross: attention(d, heads),
    ffn: feedForward(d, ffn),
    norm1: layerNorm(d),
    norm2: layerNorm(d),
    norm3: layerNorm(d),
  };
  const stack = (name: string, names: readonly string[]): Tree<Tensor> =>
    Object.fromEntries(
      Array.from({ length: layers }, (_, i) => [
        String(i),
        Object.fromEntries(
          names.map((part) => [part, parts[part]!.init(childKey(key, `${name}.${i}.${part}`)).params]),
        ),
      ]),
    );
  return {
    embedding: initEmbedding(childKey(key, "embedding"), V, d, 1),
    encoder: stack("encoder", ["self", "norm1", "ffn", "norm2"]),
    decoder: stack("decoder", ["self", "norm1", "cross", "norm2", "ffn", "norm3"]),
  };
}

/** Repeats `[N]` as `[N, d]`. */
export const perRow = (x: Value, d: number): Value => expand(reshape(x, [x.shape[0]!, 1]), [x.shape[0]!, d]);
