/**
 * @file A linear classifier on the student's internal state I0 that learns from clean examples alone, while the student trains:
 *
 *     r(x) = softmax(W · I0(x) + b)
 *
 * It believes no given label, so that what it says of a training example is a second opinion on its label. I0 moves with the student; the
 * head follows by a few steps of Adam on a clean batch, every few steps of the student. It never reaches the student's parameters.
 */

import type { DeviceTensor, Engine } from "../../engines/engine.ts";
import { Programs } from "../../engines/programs.ts";
import { trace } from "../../graph/graph.ts";
import type { Value } from "../../graph/value.ts";
import { crossEntropy, halfSquaredNorm } from "../../ops/compose.ts";
import { add, mul, neg, sqrt } from "../../ops/elementwise.ts";
import { matmul } from "../../ops/matmul.ts";
import { reshape } from "../../ops/movement.ts";
import { mean } from "../../ops/reduce.ts";
import { simplify } from "../../ops/simplify.ts";
import { adam } from "../../optim/teacher-optimizer.ts";
import type { Spec, Tensor } from "../../tensor.ts";
import { item, zeros } from "../../tensor.ts";
import { gradient } from "../../transform/grad.ts";
import type { Episode, Lesson } from "./learner.ts";
import type { MethodOptions } from "../options.ts";
import type { CleanLook } from "../../objectives/view.ts";

/** Adam steps on each clean batch. */
const STEPS = 5;

/** W `[d, classes]` and b `[classes]` at 0, where all classes are as likely. */
export const newHead = (d: number, classes: number): { W: Tensor; b: Tensor } => ({
  W: zeros([d, classes]),
  b: zeros([classes]),
});

/** The head's logits `[N, classes]`. */
export const headLogits = ([W, b]: readonly [Value, Value], I0: Value): Value => add(matmul(I0, W), b);

/** Moves a head along. The log-likelihood of the clean batch is its metric. */
export class HeadStep {
  readonly #clean: CleanLook;
  readonly #head: readonly Spec[];
  readonly #optimizer: ReturnType<typeof adam>;
  readonly #programs: Programs;

  constructor(
    engine: Engine,
    clean: CleanLook,
    head: readonly Spec[],
    { teacherLr: rate, teacherWeightDecay: weightDecay }: Pick<MethodOptions, "teacherLr" | "teacherWeightDecay">,
  ) {
    this.#clean = clean;
    this.#head = head;
    this.#optimizer = adam({ rate, weightDecay });
    this.#programs = new Programs(engine);
  }

  /** Adam's arrays before the first step. */
  init(): Tensor[] {
    return this.#optimizer.init(this.#head);
  }

  /** @param head W and b as they are */
  async take(
    head: readonly DeviceTensor[],
    { theta, validation, memory }: Pick<Episode, "theta" | "validation" | "memory">,
  ): Promise<Lesson> {
    const program = await this.#programs.get("head", () => simplify(this.#graph()));
    const outputs = await program.run([...theta, ...validation, ...head, ...memory]);
    const [metric, gradientNorm] = await Promise.all(outputs.slice(-2).map(async (x) => item(await x.read())));
    return {
      omega: outputs.slice(0, head.length),
      memory: outputs.slice(head.length, -2),
      metric: metric!,
      gradientNorm: gradientNorm!,
      drift: null,
    };
  }

  close(): Promise<void> {
    return this.#programs.close();
  }

  /** θ, clean batch, W, b, Adam's arrays → W', b', Adam's arrays', and before the steps the metric and the norm of its gradient. */
  #graph() {
    const clean = this.#clean;
    const parts = [clean.theta, clean.batch, this.#head, this.init()] as const;
    return trace((...inputs) => {
      let at = 0;
      const take = (part: readonly unknown[]): Value[] => inputs.slice(at, (at += part.length));
      const { states, labels } = clean.look(take(parts[0]), take(parts[1]));
      let [head, memory] = [take(parts[2]), take(parts[3])];
      const told: Value[] = [];
      for (let i = 0; i < STEPS; i++) {
        const entropies = crossEntropy(headLogits(head as [Value, Value], states.I0), labels);
        const metric = neg(reshape(mean(entropies, [0]), []));
        const ascent = gradient(metric, head);
        if (i === 0) told.push(metric, sqrt(mul(halfSquaredNorm(ascent), 2)));
        const after = this.#optimizer.update(memory, head, ascent);
        [head, memory] = [after.omega, after.state];
      }
      return [...head, ...memory, ...told];
    }, parts.flat());
  }
}
