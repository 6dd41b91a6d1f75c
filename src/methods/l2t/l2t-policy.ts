/**
 * @file Policy of learning to teach data: the probability of keeping an example, from features of the example and of
 * the run,
 *
 *     π(keep | s) = σ(z(s; ω)),      z linear (`lr`) or W₂ tanh(W₁ s + b₁) + b₂ with 12 hidden units (`mlp`)
 *
 * Of sentence pairs, s has 7 numbers (ours): progress, mean training loss and best token accuracy so far (3); −ln p of a
 * token over ln V; source and target pieces, over 100 each; source pieces to a target piece.
 *
 * s has 2 C + 5 numbers for C classes: the given label, one-hot (C); progress, mean training loss and best validation
 * accuracy so far (3); the class probabilities (C), −ln p(y), and the margin p(y) − max p(c ≠ y). Weights start uniform
 * in ±0.01 and the last bias at 2, so that 88 % of the examples are kept at first.
 */

import type { Value } from "../../graph/value.ts";
import { uniformTensor } from "../../initial.ts";
import { expand, fill } from "../../ops/broadcast.ts";
import { softmax } from "../../ops/compose.ts";
import { add, div, equal, mul, tanh } from "../../ops/elementwise.ts";
import { matmul } from "../../ops/matmul.ts";
import { concat, reshape } from "../../ops/movement.ts";
import type { Tensor } from "../../tensor.ts";
import { tensor, zeros } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { leaf } from "../../tree.ts";
import { givenLabel, margin } from "../../objectives/class-features.ts";
import type { TaskSpec } from "../../objectives/task-spec.ts";
import { countOf } from "../../objectives/shares.ts";
import type { TrainingView } from "../../objectives/view.ts";
import { classesOf, tokensOf } from "../../objectives/view.ts";

const HIDDEN = 12;
const SPREAD = 0.01;
const LAST_BIAS = 2;

export interface Policy {
  init(seed: number): Tree<Tensor>;
  /** Score z `[N]`. */
  score(omega: Tree<Value>, view: TrainingView): Value;
}

/** Numbers of s that stand for a pair. */
const PAIR_WIDTH = 7;
/** Pieces that are 1 in s. */
const LONG = 100;

/** State s `[N, 7]` of sentence pairs. */
function pairState(view: TrainingView): Value {
  const N = countOf(view);
  const { logits, counts, sources } = tokensOf(view);
  const column = (x: Value): Value => reshape(x, [N, 1]);
  // Rows that only fill up have no target piece.
  const target = add(counts, equal(counts, fill(0, [N])));
  const parts = [
    expand(reshape(view.moment, [1, 3]), [N, 3]),
    column(mul(view.nll, 1 / Math.log(logits.shape[1]!))),
    column(mul(sources, 1 / LONG)),
    column(mul(counts, 1 / LONG)),
    column(div(sources, target)),
  ];
  return concat(parts, 1);
}

/** State s `[N, 2 C + 5]`. */
function policyState(view: TrainingView, classes: number): Value {
  const N = countOf(view);
  const parts = [
    givenLabel(view, classes),
    expand(reshape(view.moment, [1, 3]), [N, 3]),
    softmax(classesOf(view).logits, 1),
    reshape(view.nll, [N, 1]),
    margin(view, classes),
  ];
  return concat(parts, 1);
}

/** @param spec without classes: sentence pairs */
export function makePolicy({ classes }: Pick<TaskSpec, "classes">, kind: "mlp" | "lr"): Policy {
  const width = classes === undefined ? PAIR_WIDTH : 2 * classes + 5;
  const uniform = (shape: readonly number[], seed: number, name: string): Tensor =>
    uniformTensor({ seed, path: `policy ${name}` }, shape, SPREAD);
  const last = tensor(Float32Array.of(LAST_BIAS));
  return {
    init: (seed) =>
      kind === "lr"
        ? { W: uniform([width, 1], seed, "W"), b: last }
        : {
            W1: uniform([width, HIDDEN], seed, "W1"),
            b1: zeros([HIDDEN]),
            W2: uniform([HIDDEN, 1], seed, "W2"),
            b2: last,
          },
    score(omega, view) {
      const layer = (x: Value, W: string, b: string): Value => add(matmul(x, leaf(omega, W)), leaf(omega, b));
      const s = classes === undefined ? pairState(view) : policyState(view, classes);
      const z = kind === "lr" ? layer(s, "W", "b") : layer(tanh(layer(s, "W1", "b1")), "W2", "b2");
      return reshape(z, [countOf(view)]);
    },
  };
}
