/**
 * @file Clean head: a linear classifier on the student's internal state I0 that learns from clean examples alone, while
 * the student trains:
 *
 *     r(x) = softmax(W · I0(x) + b)
 *
 * It never sees the noisy labels, so its prediction is independent evidence about them. I0 moves with the student; the
 * head follows by a few Adam steps on a clean batch, every few student steps. I0 is detached: the student gets no
 * gradient from the head.
 */

import type { DeviceTensor, Engine } from "../../engines/engine.ts";
import { programName, Programs } from "../../engines/programs.ts";
import { traceNamed } from "../../graph/named.ts";
import type { Value } from "../../graph/value.ts";
import { negativeLogLikelihood } from "../../objectives/classes.ts";
import { meanOver } from "../../objectives/shares.ts";
import { classesOf } from "../../objectives/view.ts";
import { halfSquaredNorm } from "../../ops/compose.ts";
import { add, mul, neg, sqrt } from "../../ops/elementwise.ts";
import { matmul } from "../../ops/matmul.ts";
import { simplified } from "../../ops/simplify.ts";
import type { OptimizerStep } from "../../optim/optimizer.ts";
import { flatState, groupedState } from "../../optim/optimizer.ts";
import { adam } from "../../optim/adam.ts";
import { descent } from "../../optim/teacher-optimizers.ts";
import type { Spec, Tensor } from "../../tensor.ts";
import { item, zeros } from "../../tensor.ts";
import { gradient } from "../../transform/grad.ts";
import type { Arrays } from "../../tree.ts";
import type { MethodOptions } from "../options.ts";
import type { CleanLook } from "./clean-look.ts";
import type { Update, Window } from "./learner.ts";

/** Adam steps on each clean batch. */
const STEPS = 5;

/** Initial W `[d, classes]` and b `[classes]`: 0, where all classes are equally likely. */
export const newHead = (d: number, classes: number): { W: Tensor; b: Tensor } => ({
  W: zeros([d, classes]),
  b: zeros([classes]),
});

/** Logits of the head, `[N, classes]`. */
export const headLogits = ([W, b]: readonly [Value, Value], I0: Value): Value => add(matmul(I0, W), b);

/** Updates a head. Its metric is the log-likelihood of the clean batch. */
export class HeadStep {
  readonly #clean: CleanLook;
  readonly #head: readonly Spec[];
  readonly #rate: number;
  readonly #weightDecay: number;
  readonly #programs: Programs;

  constructor(
    engine: Engine,
    clean: CleanLook,
    head: readonly Spec[],
    { teacherLr, teacherWeightDecay }: Pick<MethodOptions, "teacherLr" | "teacherWeightDecay">,
  ) {
    this.#clean = clean;
    this.#head = head;
    this.#rate = teacherLr;
    this.#weightDecay = teacherWeightDecay;
    this.#programs = new Programs(engine);
  }

  /** Adam's arrays before the first step. */
  init(): Tensor[] {
    return flatState(adam.init(this.#head));
  }

  /** @param head current W and b */
  async take(
    head: readonly DeviceTensor[],
    { theta, validation, memory }: Pick<Window, "theta" | "validation" | "memory">,
  ): Promise<Update> {
    const after = await this.#programs.run(programName("head", validation), () => simplified(this.#graph(validation)), {
      theta,
      batch: validation,
      head,
      memory,
    });
    return {
      omega: after.head,
      memory: after.memory,
      metric: item(await after.metric.read()),
      gradientNorm: item(await after.gradientNorm.read()),
      drift: null,
    };
  }

  close(): Promise<void> {
    return this.#programs.close();
  }

  /**
   * θ, clean batch, W and b, Adam's arrays → W' and b', Adam's arrays', and the metric and its gradient's norm before
   * the steps.
   */
  #graph(batch: Arrays<Spec>) {
    return traceNamed(
      (x) => {
        const view = this.#clean.look(x.theta, x.batch);
        const { labels } = classesOf(view);
        const metricOf = (head: readonly Value[]): Value => {
          const [W, b] = head as [Value, Value];
          return neg(meanOver(negativeLogLikelihood(headLogits([W, b], view.internals.I0), labels), view));
        };
        const metric = metricOf(x.head);
        const ascent = gradient(metric, [...x.head]);
        const gradientNorm = sqrt(mul(halfSquaredNorm(ascent), 2));
        let after: Pick<OptimizerStep, "params" | "state"> = {
          params: x.head,
          state: groupedState(adam.init(this.#head), x.memory),
        };
        for (let i = 0; i < STEPS; i++) {
          const slope = i === 0 ? ascent : gradient(metricOf(after.params), [...after.params]);
          after = adam.step({
            ...after,
            gradient: descent(after.params, slope, this.#weightDecay),
            rate: this.#rate,
          });
        }
        return { head: after.params, memory: flatState(after.state), metric, gradientNorm };
      },
      { theta: this.#clean.theta, batch, head: this.#head, memory: this.init() },
    );
  }
}
