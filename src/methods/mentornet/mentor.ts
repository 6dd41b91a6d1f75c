/**
 * @file Mentor network of MentorNet (Jiang et al., ICML 2018, as in google/mentornet). It computes the trust in an
 * example from its loss ℓ, its difference d = ℓ − m from the moving percentile, and the progress of the training in
 * hundredths (`epoch`),
 *
 *     c = σ([ℓ d] W_i + b_i) ⊙ tanh([ℓ d] W_j + b_j)          `[2]`: the cells of an LSTM of one unit, forwards and backwards
 *     v = σ( tanh([label  epoch  c] W₁ + b₁) W₂ + b₂ )         `[9]` → 20 → 1
 *
 * The LSTM reads a sequence of one element. Its cell then depends on the input gate alone, so the forget and output
 * gates are omitted. `label` is a trained pair of numbers: the embedding of the only label that the authors ever pass
 * in. The embeddings of the epochs are random and fixed. Arrays have the authors' initialisation. The authors add the
 * last bias to W₂, where it is one more weight on the sum of the hidden units; here it is a bias. Nothing depends on
 * the number of classes.
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
/** Parts of a run with embeddings of their own. */
export const EPOCHS = 100;

/** Arrays and their initialisation: normal with deviation 1, 0, or uniform in ±√(6 / (a + b)) (Glorot & Bengio). */
const arrays = {
  epochs: { shape: [EPOCHS, EPOCH_WIDTH], glorot: EPOCHS + EPOCH_WIDTH },
  label: { shape: [1, 2], glorot: 2 + 2 },
  // The fans are those of the authors' kernels: [input and state, four gates], [3, 4].
  Wi: { shape: [2, 2], glorot: 3 + 4 },
  bi: { shape: [2], zero: true },
  Wj: { shape: [2, 2], glorot: 3 + 4 },
  bj: { shape: [2], zero: true },
  W1: { shape: [2 + EPOCH_WIDTH + 2, HIDDEN], normal: true },
  b1: { shape: [HIDDEN], normal: true },
  W2: { shape: [HIDDEN, 1], normal: true },
  b2: { shape: [1], normal: true },
} as const;

/** Names of the trained arrays: all but the embeddings of the epochs. */
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

/** Initial mentor; a pure function of the seed. */
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
 * Output of the mentor before its last σ: z `[N]`, where v = σ(z).
 *
 * @param mentor trained arrays, by name
 * @param losses ℓ `[N]`, nats
 * @param differences d `[N]`, nats
 * @param epochs embedding of the epoch: one for all examples `[1, 5]`, or one for each `[N, 5]`
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
