/**
 * @file The objective of writing: the tokens of a target one after another, by cross-entropy with smoothed labels. Losses
 * of a pair are means over its target tokens, the end of sentence among them.
 */

import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import { countPlaces, meanOverPlaces } from "../models/sequences/pool.ts";
import type { Answer } from "../models/student.ts";
import { expand, fill, sum } from "../ops/broadcast.ts";
import { add, exp, log, mul, neg, step, stopGradient, sub } from "../ops/elementwise.ts";
import { gather } from "../ops/gather.ts";
import { matmul } from "../ops/matmul.ts";
import { reshape } from "../ops/movement.ts";
import { max } from "../ops/reduce.ts";
import { take } from "../ops/take.ts";
import type { Tensor } from "../tensor.ts";
import type { Arrays } from "../tree.ts";
import type { Evaluator, Judgement, Objective } from "./objective.ts";
import { rightTokens } from "./right-tokens.ts";
import { tokenFeatures } from "./token-features.ts";
import { tokensOf } from "./view.ts";

/** How token losses are made and added up. */
export interface TokenOptions {
  /** V */
  readonly vocabulary: number;
  /** ε, in [0, 1): the share of a label that goes to other tokens. */
  readonly smoothing: number;
  /**
   * Who gets ε: `all` V tokens, as in fairseq until February 2021, or, as since then, each of the `others` ε/(V − 1) and the
   * label as much less.
   */
  readonly smoothedOver: "all" | "others";
  /** What counts the same in a batch's loss, where weights are uniform: each target token, or each pair. */
  readonly unit: "token" | "sentence";
}

/**
 * Targets are the batch's arrays `target` `[N, T]` integers in [0, V) and `real` `[N, T]`, 1 where there is a token; of
 * pairs `sourceReal` `[N, S]` tells where the source has one.
 */
export function tokenObjective({ vocabulary: V, smoothing, smoothedOver, unit }: TokenOptions): Objective {
  const each = smoothing / (smoothedOver === "all" ? V : V - 1);
  return {
    kind: "tokens",
    chance: Math.log(V),
    targets: ["target", "real"],
    look(answer, batch) {
      const [target, real] = [batch["target"]!, batch["real"]!];
      const parts = scoresOf(answer, target);
      const perPair = (x: Value): Value =>
        reshape(meanOverPlaces(reshape(x, [x.shape[0]!, 1]), real), [real.shape[0]!]);
      const nll = perPair(sub(parts.total, parts.own));
      // (1 − ε) · −ln p(y) + (ε / V) Σ −ln p(v): the coefficients of lse, z(y) and Σ z add up to 0 in both forms.
      const smoothed = (): Value =>
        perPair(sub(parts.total, add(mul(parts.own, 1 - V * each), mul(parts.all(), each))));
      const counts = countPlaces(real);
      const { sourceReal } = batch;
      const sources = sourceReal ? countPlaces(sourceReal) : fill(0, counts.shape);
      return {
        losses: smoothing === 0 ? nll : smoothed(),
        nll,
        sizes: unit === "token" ? counts : step(counts),
        internals: answer.internals,
        tokens: { logits: answer.output, target, real, counts, sources },
      };
    },
    metrics: {
      loglik: ({ nll }) => neg(nll),
      accuracy(view) {
        const { logits, target, real } = tokensOf(view);
        const own = sub(take(logits, flat(target)), logSumExp(logits));
        return reshape(meanOverPlaces(reshape(exp(own), [own.shape[0]!, 1]), real), [real.shape[0]!]);
      },
    },
    features: (internals) => tokenFeatures(V, internals),
    judge(view) {
      const right = rightTokens(view);
      return { nll: view.nll, errors: sub(1, right), predictions: right };
    },
    evaluator: () => new TokenEvaluator(),
    primary: "error",
    chosenBy: "loss",
    standing: ({ scores }) => 1 - scores["error"]!.value,
  };
}

const flat = (target: Value): Value => reshape(target, [target.shape[0]! * target.shape[1]!]);

/** ln Σ exp z `[R]` of logits `[R, V]`. */
function logSumExp(logits: Value): Value {
  const largest = stopGradient(max(logits, [1]));
  const total = log(sum(exp(sub(logits, expand(largest, logits.shape))), [1]));
  return reshape(add(total, largest), [logits.shape[0]!]);
}

/**
 * Of each row ln Σ exp z, the label's z and Σ z, `[R]` each. The last two come from the rows before the output layer: their
 * derivatives then need no array `[R, V]`.
 */
function scoresOf({ output, head }: Pick<Answer, "output" | "head">, target: Value) {
  if (!head) throw new ShapeError("student: expected a head in the answer of one that writes tokens, got none");
  const { rows, table } = head;
  const [R, width] = rows.shape as [number, number];
  return {
    total: logSumExp(output),
    own: reshape(sum(mul(rows, gather(table, flat(target))), [1]), [R]),
    all: (): Value => reshape(matmul(rows, reshape(sum(table, [0]), [width, 1])), [R]),
  };
}

/** Means over tokens. */
class TokenEvaluator implements Evaluator {
  #tokens = 0;
  #lossSum = 0;
  #errors = 0;
  readonly #predictions: number[] = [];

  add({ nll, errors, predictions }: Judgement<Tensor>, targets: Arrays<Tensor>): void {
    const { data, shape } = targets["real"]!;
    const T = shape[1]!;
    for (let n = 0; n < shape[0]!; n++) {
      const count = Array.from(data.subarray(n * T, (n + 1) * T)).reduce((total, one) => total + one, 0);
      // Rows without a token fill up a batch.
      if (count === 0) continue;
      this.#tokens += count;
      this.#lossSum += count * nll.data[n]!;
      this.#errors += count * errors.data[n]!;
      this.#predictions.push(predictions.data[n]!);
    }
  }

  result() {
    const [loss, error] = [this.#lossSum / this.#tokens, this.#errors / this.#tokens];
    return {
      loss,
      scores: {
        error: { value: error, unit: "share", better: "lower" },
        nll: { value: loss, unit: "nats", better: "lower" },
      },
      predictions: this.#predictions,
    } as const;
  }
}
