/** @file The recorded numbers of PyTorch in float64, with their types; `about` in each file tells how they were made. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Tensor } from "../../src/tensor.ts";
import { sizeOf, tensor } from "../../src/tensor.ts";

/** An array as lists in lists. */
export type Nested = number | readonly Nested[];
type Named<T = Nested> = Readonly<Record<string, T>>;

interface LayerFacts {
  readonly smoothing: {
    readonly logProbabilities: readonly (readonly number[])[];
    readonly rows: readonly {
      readonly eps: number;
      readonly row: number;
      readonly label: number;
      readonly uniform: number;
      readonly others: number;
    }[];
    readonly floorV10000eps0_1: Readonly<Record<"uniform" | "others", number>>;
    readonly atUniformPrediction: number;
  };
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

interface Swept {
  readonly metric: number;
  readonly steps: readonly { readonly weights: readonly number[]; readonly loss: number }[];
  /** By the number of steps gone back through. */
  readonly dOmega: Readonly<Record<number, Named>>;
  readonly thetaNorm: number;
  readonly vNorm: number;
}

interface HypergradientFacts {
  readonly batches: readonly Readonly<Record<"source" | "target", readonly (readonly number[])[]>>[];
  readonly omega: Named;
  readonly v0: Named;
  readonly rates: readonly number[];
  readonly momentum: number;
  readonly decay: number;
  /** By interaction. */
  readonly sentence: Named<Swept>;
  readonly token: Named<Swept>;
}

type Classifier = Readonly<Record<"I0" | "losses", Nested>> & { readonly gradients: readonly Nested[] };

interface TextFacts {
  readonly bag: Classifier &
    Readonly<Record<"W" | "b", Nested>> & {
      readonly tokens: readonly (readonly number[])[];
      readonly labels: readonly number[];
      readonly E: readonly Nested[];
    };
  readonly cnn: Classifier &
    Readonly<Record<"O" | "o", Nested>> &
    Readonly<Record<"filters" | "biases", readonly Nested[]>>;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));

export const layerFacts = read("layers") as LayerFacts;
export const modelFacts = read("model") as ModelFacts;
export const hypergradientFacts = read("hypergradient") as HypergradientFacts;
export const textFacts = read("text") as TextFacts;

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
