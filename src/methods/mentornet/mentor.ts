/**
 * @file The mentor network of MentorNet (Jiang et al., ICML 2018, as in google/mentornet): how far an example is to be trusted, from its
 * loss ℓ, the difference d = ℓ − m from the losses around it, and how far training has come, in hundredths,
 *
 *     c = σ([ℓ d] W_i + b_i) ⊙ tanh([ℓ d] W_j + b_j)          `[2]`: the cells of an LSTM of one unit, forwards and backwards
 *     v = σ( tanh([label  epoch  c] W₁ + b₁) W₂ + b₂ )         `[9]` → 20 → 1
 *
 * The sequence that the LSTM reads has one element, so that it begins and ends with the cell's input; gates for forgetting and for output
 * have no say in the cell, and are not here. `label` is the embedding of the one label that the authors ever show it, a trained pair of
 * numbers; the embeddings of the epochs are drawn and stay. Arrays start as theirs do. They add the last bias to W₂, where it is one
 * weight more on the sum of the hidden units; here it is a bias. Nothing depends on the number of classes.
 */

import type { Value } from "../../graph/value.ts";
import { normalTensor, uniformTensor } from "../../initial.ts";
import { expand } from "../../ops/broadcast.ts";
import { add, mul, sigmoid, tanh } from "../../ops/elementwise.ts";
import { matmul } from "../../ops/matmul.ts";
import { concat, reshape } from "../../ops/movement.ts";
import type { Tensor } from "../../tensor.ts";
import { zeros } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { leaf } from "../../tree.ts";

const HIDDEN = 20;
const EPOCH_WIDTH = 5;
/** How many parts of a run are told apart. */
export const EPOCHS = 100;

/** Arrays, and how each starts: normal with deviation 1, at 0, or uniform in ±√(6 / (a + b)) after Glorot & Bengio. */
const arrays = {
  epochs: { shape: [EPOCHS, EPOCH_WIDTH], glorot: EPOCHS + EPOCH_WIDTH },
  label: { shape: [1, 2], glorot: 2 + 2 },
  // The authors' kernels are [input and state, four gates], [3, 4].
  Wi: { shape: [2, 2], glorot: 3 + 4 },
  bi: { shape: [2], zero: true },
  Wj: { shape: [2, 2], glorot: 3 + 4 },
  bj: { shape: [2], zero: true },
  W1: { shape: [2 + EPOCH_WIDTH + 2, HIDDEN], normal: true },
  b1: { shape: [HIDDEN], normal: true },
  W2: { shape: [HIDDEN, 1], normal: true },
  b2: { shape: [1], normal: true },
} as const;

/** The arrays that are trained, by name: all but the epochs' embeddings. */
export const TRAINED = [
  "label",
  "Wi",
  "bi",
  "Wj",
  "bj",
  "W1",
  "b1",
  "W2",
  "b2",
] as const satisfies (keyof typeof arrays)[];

/** A mentor that has learnt nothing; a pure function of the seed. */
export function newMentor(seed: number): Record<keyof typeof arrays, Tensor> {
  const draw = (name: string, spec: (typeof arrays)[keyof typeof arrays]): Tensor => {
    const key = { seed, path: `mentor ${name}` };
    if ("zero" in spec) return zeros(spec.shape);
    if ("normal" in spec) return normalTensor(key, spec.shape, 1);
    return uniformTensor(key, spec.shape, Math.sqrt(6 / spec.glorot));
  };
  return Object.fromEntries(Object.entries(arrays).map(([name, spec]) => [name, draw(name, spec)])) as Record<
    keyof typeof arrays,
    Tensor
  >;
}

/**
 * The mentor's answer before its last σ: z `[N]`, v = σ(z).
 *
 * @param mentor its trained arrays, by name
 * @param losses ℓ `[N]`, nats
 * @param differences d `[N]`, nats
 * @param epochs the epochs' embeddings: one of them `[1, 5]`, or one for each example `[N, 5]`
 */
export function mentorScore(mentor: Tree<Value>, losses: Value, differences: Value, epochs: Value): Value {
  const N = losses.shape[0]!;
  const layer = (x: Value, name: "i" | "j" | "1" | "2"): Value =>
    add(matmul(x, leaf(mentor, `W${name}`)), leaf(mentor, `b${name}`));
  const x = concat([reshape(losses, [N, 1]), reshape(differences, [N, 1])], 1);
  const cells = mul(sigmoid(layer(x, "i")), tanh(layer(x, "j")));
  const seen = concat([expand(leaf(mentor, "label"), [N, 2]), expand(epochs, [N, EPOCH_WIDTH]), cells], 1);
  return reshape(layer(tanh(layer(seen, "1")), "2"), [N]);
}
