/**
 * @file Learning to teach with dynamic loss functions (Wu et al., NeurIPS 2018). The method has no weights. A teacher
 * makes the loss for the current stage of the run, and learns through the student's steps,
 *
 *     ℓΦ(pₖ, yₖ) = −σ( [ (ln pₖ)ᵀ Wₜ + bₜ ]_yₖ )        L = (1/N) Σₖ ℓΦ(pₖ, yₖ)
 *     α = softmax(V sₜ)        Wₜ = Σᵢ αᵢ Wᵢ        bₜ = Σᵢ αᵢ bᵢ
 *
 * with slots (Wᵢ, bᵢ) and the state sₜ of the run. Slots start at the identity and 0, where the loss is −p/(1 + p). V
 * starts at normal random numbers, so that each slot responds to other stages and the slots diverge as they learn.
 * ∂M/∂ω comes from stored-trajectory reverse mode: the adjoint sweep from kept parameters.
 *
 * Deviations from the paper:
 *
 * - sₜ is (1, progress, mean training loss, best validation accuracy). The paper's sₜ has training accuracy and current
 *   validation accuracy among others.
 * - The student keeps its momentum. At μ = 0 the sweep is the paper's recursion.
 * - The sweep covers the last B of K steps, and the student continues from θ_K. The authors go back through the whole
 *   period and rewind.
 *
 * The authors' demo mixes in cross-entropy only when it trains a student on a finished loss.
 */

import type { Value } from "../../graph/value.ts";
import { normalTensor } from "../../initial.ts";
import { fill, sum } from "../../ops/broadcast.ts";
import { logSoftmax, softmax } from "../../ops/compose.ts";
import { add, mul, neg, sigmoid } from "../../ops/elementwise.ts";
import { oneHot } from "../../ops/gather.ts";
import { matmul } from "../../ops/matmul.ts";
import { concat, reshape } from "../../ops/movement.ts";
import type { Tensor } from "../../tensor.ts";
import { float, sizeOf, tensor, zeros } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { leaf } from "../../tree.ts";
import { count, share } from "../../fields.ts";
import { defineMethod } from "../method.ts";
import { ownFields } from "../options.ts";
import { shares } from "../../objectives/shares.ts";
import type { TrainingView } from "../../objectives/view.ts";
import { classesOf } from "../../objectives/view.ts";
import { sweepLearner } from "../learning/sweep-learner.ts";

/** Length of sₜ. */
const STATE = 4;

/** Learned loss of each example `[N]`: −σ of its label's entry in (ln p)ᵀ Wₜ + bₜ. */
function learnedLoss(omega: Tree<Value>, view: TrainingView): Value {
  const { logits, labels } = classesOf(view);
  const [N, classes] = logits.shape as [number, number];
  const slots = leaf(omega, "V").shape[1]!;
  const state = concat([fill(1, [1, 1]), reshape(view.moment, [1, STATE - 1])], 1);
  const attention = softmax(matmul(state, leaf(omega, "V")), 1);
  const W = reshape(matmul(attention, reshape(leaf(omega, "W"), [slots, classes * classes])), [classes, classes]);
  const b = matmul(attention, leaf(omega, "b"));
  const z = mul(add(matmul(logSoftmax(logits, 1), W), b), oneHot(labels, classes));
  return neg(sigmoid(reshape(sum(z, [1]), [N])));
}

/** Identity matrices, one per slot: `[slots, classes, classes]`. */
function identities(shape: readonly [number, number, number]): Tensor {
  const C = shape[1];
  const entry = (i: number): number => (Math.floor(i / C) % C === i % C ? 1 : 0);
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => entry(i)),
    shape,
  );
}

const fields = ownFields({
  l2tLossSlots: count("Slots of the memory that --method l2t-loss makes its loss from", 1, 10_000).default(5),
  l2tLossMix: share("Share of ordinary cross-entropy in the loss of --method l2t-loss").default(0),
});

export const l2tLoss = defineMethod({
  name: "l2t-loss",
  summary:
    "a loss function in place of weights, made by a teacher for each stage of the run, and learned through the student's steps",
  source: "Wu et al., Learning to Teach with Dynamic Loss Functions, NeurIPS 2018",
  cost: "about 5 student steps every K = 20 (B = 2)",
  needs: () => ["classes"],
  fields,
  options: ["teacherEvery", "window", "teacherOptimizer", "teacherLr"],
  design(spec, options) {
    const classes = spec.classes!;
    const { l2tLossSlots: slots, l2tLossMix: mix } = options;
    const shapes = { W: [slots, classes, classes], b: [slots, classes], V: [STATE, slots] } as const;
    return {
      init: (seed) => ({
        W: identities(shapes.W),
        b: zeros(shapes.b),
        V: normalTensor({ seed, path: "l2t-loss V" }, shapes.V, 1),
      }),
      weigh: (_omega, view) => shares(view),
      losses(omega, view) {
        const learned = learnedLoss(omega, view);
        return mix === 0 ? learned : add(mul(view.losses, mix), mul(learned, 1 - mix));
      },
      about: { signature: { options: { l2tLossSlots: slots }, perClass: true } },
      learning: {
        by: "learner",
        make(parts) {
          const specs = Object.values(shapes).map((shape) => float(shape));
          // Weight decay is 0, since it would pull the loss towards a constant.
          return sweepLearner(parts, specs, { ...options, reversal: "snapshot", teacherWeightDecay: 0 });
        },
      },
    };
  },
});
