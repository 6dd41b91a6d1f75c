/**
 * @file Students that translate: a Transformer with one table of embeddings for source, target and output, and dropout
 * where fairseq's `transformer_iwslt_de_en` has it.
 */

import type { Value } from "../../graph/value.ts";
import { dropout } from "../../nn/dropout.ts";
import { initEmbedding } from "../../nn/embedding.ts";
import { childKey, rootKey } from "../../nn/layer.ts";
import { expand, fill, sum } from "../../ops/broadcast.ts";
import { logSoftmax } from "../../ops/compose.ts";
import { add, equal, mul, reciprocal } from "../../ops/elementwise.ts";
import { matmul, transposeMatrix } from "../../ops/matmul.ts";
import { reshape } from "../../ops/movement.ts";
import type { Arrays, Tree } from "../../tree.ts";
import { leaf } from "../../tree.ts";
import type { Generator, StudentFamily, StudentForm } from "../student.ts";
import { cacheSpecs, decode, decodeNext, initDecoder, sourceMemory } from "./decoder.ts";
import { encode, initEncoder } from "./encoder.ts";
import type { Drop, StackSizes } from "./layers.ts";
import { parseTransformer, TRANSFORMER_NAMES } from "./names.ts";
import { tokenForm } from "./inputs.ts";

/** The id of padding in every dictionary. */
const PADDING = 1;

/** Arrays of a batch that translating students read. */
export type Sentences = Readonly<Record<"source" | "sourceReal" | "previous" | "real", Value>>;

/** Drops nothing. */
const whole: Drop = (x) => x;

/** Decoder states `[N · T, width]` and encoder states `[N · S, width]` of whole sentences. */
export function states(params: Tree<Value>, sizes: StackSizes, batch: Sentences, drop: Drop) {
  const { source: tokens, sourceReal: real, previous } = batch;
  const table = leaf(params, "embedding");
  const encoded = encode(params, sizes, { table, tokens, real }, drop);
  const source = sourceMemory(params, sizes, encoded, real);
  return { encoded, decoded: decode(params, sizes, { table, source, previous }, drop) };
}

/** Mean over the real places of each sequence, `[N, width]`, 0 where there is none: x `[N · T, width]`, real `[N, T]`. */
export function meanOverPlaces(x: Value, real: Value): Value {
  const [N, T] = real.shape as [number, number];
  const width = x.shape[1]!;
  const total = sum(mul(reshape(x, [N, T, width]), reshape(real, [N, T, 1])), [1]);
  const count = sum(real, [1]);
  const divisor = add(count, equal(count, fill(0, count.shape)));
  return mul(reshape(total, [N, width]), expand(reciprocal(divisor), [N, width]));
}

/** h Eᵀ: the unnormalised output of states `[R, width]`, `[R, V]`. */
const logitsOf = (table: Value, rows: Value): Value => matmul(rows, transposeMatrix(table));

/** A Transformer of these extents. @param rate share of elements that dropout drops, in [0, 1) */
export function transformer(name: string, sizes: StackSizes, rate: number, form: StudentForm): Generator {
  const { outputs: V } = tokenForm(name, form, ["source", "sourceReal", "previous", "real"]);
  return {
    name,
    random: rate > 0,
    init(seed) {
      const key = rootKey(seed);
      const embedding = initEmbedding(childKey(key, "embedding"), V, sizes.width, PADDING);
      const params = { embedding, encoder: initEncoder(sizes, key), decoder: initDecoder(sizes, key) };
      return { params, statistics: {} };
    },
    apply(params, statistics, inputs, pass) {
      const batch = inputs as Sentences; // all are there, checked above
      const { decoded, encoded } = states(params, sizes, batch, (x, site) => dropout(x, rate, pass, site));
      return {
        output: logitsOf(leaf(params, "embedding"), decoded),
        internals: { I0: meanOverPlaces(decoded, batch.real), I1: meanOverPlaces(encoded, batch.sourceReal) },
        statistics,
      };
    },
    encode(params, inputs: Arrays<Value>) {
      const { source: tokens, sourceReal: real } = inputs as Sentences;
      const encoded = encode(params, sizes, { table: leaf(params, "embedding"), tokens, real }, whole);
      return sourceMemory(params, sizes, encoded, real);
    },
    cache: (rows, places) => cacheSpecs(sizes, rows, places),
    next(params, source, cache, last, place) {
      const table = leaf(params, "embedding");
      const after = decodeNext(params, sizes, { table, source, cache, last, place });
      return { logProbabilities: logSoftmax(logitsOf(table, after.state), 1), cache: after.cache };
    },
  };
}

/** Transformers by name; `--dropout` changes the share that they drop. */
export const transformers: StudentFamily = {
  names: TRANSFORMER_NAMES,
  make(name, form) {
    const sizes = parseTransformer(name);
    return sizes && transformer(name, sizes, form.dropout ?? sizes.dropout, form);
  },
};
