/** @file The recorded numbers of PyTorch in float64, with their types; `about` in each file tells how they were made. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Tensor } from "../../src/tensor.ts";
import { sizeOf, tensor } from "../../src/tensor.ts";

/** An array as lists in lists. */
export type Nested = number | readonly Nested[];
type Named<T = Nested> = Readonly<Record<string, T>>;

interface LayerFacts {
  readonly layerNorm: Readonly<Record<"x" | "gamma" | "beta" | "y" | "cotangent" | "dy", Nested>> &
    Readonly<Record<"gradients" | "tangents" | "hvp", readonly Nested[]>>;
  readonly softmax: Readonly<Record<"z" | "bias" | "y" | "cotangent" | "gradient" | "tangent" | "dy" | "hvp", Nested>>;
  readonly positions: readonly Nested[];
}

interface ModelFacts {
  readonly sizes: Readonly<Record<"V" | "d" | "heads" | "ffn" | "layers" | "padding" | "eos", number>>;
  readonly source: readonly (readonly number[])[];
  readonly target: readonly (readonly number[])[];
  readonly theta: Named;
  readonly u: Named;
  readonly weights: Nested;
  /** What the network and its loss give. */
  readonly states: Nested;
  readonly I0: Nested;
  readonly I1: Nested;
  readonly loss: Nested;
  readonly nll: Nested;
  readonly sums: Nested;
  readonly directional: Nested;
  readonly objectives: Named<{ readonly loss: number; readonly gradient: Named; readonly hvp: Named }>;
  readonly dropout: {
    readonly rate: number;
    readonly I0: Nested;
    readonly sums: Nested;
    readonly gradientNorms: Named<number>;
    readonly gradientEmbedding: Nested;
  };
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));

export const layerFacts = read("layers") as LayerFacts;
export const modelFacts = read("model") as ModelFacts;

export function flat(x: Nested): number[] {
  return typeof x === "number" ? [x] : x.flatMap(flat);
}

function shapeOf(x: Nested): number[] {
  return typeof x === "number" ? [] : [x.length, ...(x.length > 0 ? shapeOf(x[0]!) : [])];
}

export const floats = (x: Nested): Tensor => tensor(Float64Array.from(flat(x)), shapeOf(x));
export const ints = (x: Nested): Tensor => tensor(Int32Array.from(flat(x)), shapeOf(x));

/** The largest difference, in absolute terms. */
export function difference(got: Tensor, want: Nested): number {
  const numbers = flat(want);
  expect(sizeOf(got.shape)).toBe(numbers.length);
  return Math.max(...numbers.map((value, i) => Math.abs(value - got.data[i]!)));
}
