/** @file The objective of classification: one of K classes for each example, by cross-entropy. */

import type { Value } from "../graph/value.ts";
import { expand } from "../ops/broadcast.ts";
import { argmax, crossEntropy, pick, softmax } from "../ops/compose.ts";
import { equal, neg, sub } from "../ops/elementwise.ts";
import { iota } from "../ops/gather.ts";
import type { Tensor } from "../tensor.ts";
import type { Arrays } from "../tree.ts";
import { classFeatures } from "./class-features.ts";
import type { Evaluator, Judgement, Objective } from "./objective.ts";
import { classesOf } from "./view.ts";

/** Targets are the batch's array `labels` `[N]`, integers in [0, K). @param names of the K classes */
export function classObjective(names: readonly string[]): Objective {
  const K = names.length;
  return {
    kind: "classes",
    chance: Math.log(K),
    classes: names,
    targets: ["labels"],
    look({ output: logits, internals }, targets) {
      const labels = targets["labels"]!;
      const losses = negativeLogLikelihood(logits, labels);
      return { losses, nll: losses, internals, classes: { logits, labels } };
    },
    metrics: {
      loglik: ({ nll }) => neg(nll),
      accuracy(view) {
        const { logits, labels } = classesOf(view);
        return pick(softmax(logits, 1), labels);
      },
    },
    features: (internals) => classFeatures(K, internals),
    judge(view) {
      const { logits, labels } = classesOf(view);
      const predictions = argmax(logits);
      return { nll: view.nll, errors: sub(1, equal(predictions, asFloat(labels, K))), predictions };
    },
    evaluator: () => new ClassEvaluator(K),
    primary: "error",
    standing: ({ scores }) => 1 - scores["error"]!.value,
  };
}

/** −ln p(label) `[N]`, nats: logits `[N, K]`, labels `[N]` integers in [0, K). */
export const negativeLogLikelihood: (logits: Value, labels: Value) => Value = crossEntropy;

/** Integers `[N]` in [0, K) as floats. */
const asFloat = (labels: Value, K: number): Value => pick(expand(iota(K), [labels.shape[0]!, K]), labels);

class ClassEvaluator implements Evaluator {
  readonly #confusion: number[][];
  #lossSum = 0;
  #errors = 0;
  readonly #predictions: number[] = [];

  constructor(K: number) {
    this.#confusion = Array.from({ length: K }, () => new Array<number>(K).fill(0));
  }

  add({ nll, errors, predictions }: Judgement<Tensor>, targets: Arrays<Tensor>): void {
    const labels = targets["labels"]!.data;
    this.#lossSum += Array.from(nll.data).reduce((total, loss) => total + loss, 0);
    this.#errors += Array.from(errors.data).reduce((total, error) => total + error, 0);
    predictions.data.forEach((predicted, n) => {
      this.#predictions.push(predicted);
      this.#confusion[labels[n]!]![predicted]!++;
    });
  }

  result() {
    const count = this.#predictions.length;
    return {
      loss: this.#lossSum / count,
      scores: { error: { value: this.#errors / count, unit: "share", better: "lower" } },
      predictions: this.#predictions,
      confusion: this.#confusion,
    } as const;
  }
}
