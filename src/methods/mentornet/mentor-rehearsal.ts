/**
 * @file Rehearsal for a data-driven mentor: its student trains on the annotated part with uniform weights and is then
 * discarded. At each sighting of an example, the mentor records the progress of the training, the loss, and whether the
 * given label is right.
 */

import type { Engine } from "../../engines/engine.ts";
import type { Tensor } from "../../tensor.ts";
import { tensor, zeros } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { EPOCHS, newMentor } from "./mentor.ts";
import { fitMentor } from "./mentor-fit.ts";
import type { MentornetOptions } from "./options.ts";
import type { RehearsalEnd, RehearsalPlan, RehearsedStep, Rehearser } from "../learning/rehearsal.ts";

/** Progress in whole hundredths. The tolerance makes 29/100 give 29, whether it was rounded up or down. */
const hundredthOf = (progress: number): number => Math.min(EPOCHS - 1, Math.floor(EPOCHS * progress + 1e-6));

/** ω of a mentor: its network, the moving percentile `m`, and `fitted`, which is 0 until it has learnt. */
export const untrained = (seed: number): Tree<Tensor> => ({ m: zeros([1]), fitted: zeros([1]), ...newMentor(seed) });

class MentorRehearser implements Rehearser {
  readonly #engine: Engine;
  readonly #options: Pick<MentornetOptions, "mentornetPercentile" | "mentornetFitSteps">;
  #hundredths: number[] = [];
  #losses: number[] = [];
  #targets: number[] = [];

  constructor(engine: Engine, options: Pick<MentornetOptions, "mentornetPercentile" | "mentornetFitSteps">) {
    this.#engine = engine;
    this.#options = options;
  }

  observeStep({ progress, wrong, losses }: RehearsedStep): void {
    const hundredth = hundredthOf(progress);
    losses.forEach((loss, k) => {
      this.#hundredths.push(hundredth);
      this.#losses.push(loss);
      this.#targets.push(wrong![k] ? 0 : 1);
    });
  }

  async learn({ omega, seed }: RehearsalEnd) {
    const sightings = { hundredths: this.#hundredths, losses: this.#losses, targets: this.#targets };
    const { mentornetPercentile: share, mentornetFitSteps: steps } = this.#options;
    const { mentor, loss } = await fitMentor(this.#engine, omega, sightings, { share, steps, seed });
    const examples = this.#targets.length;
    const right = this.#targets.reduce((total, target) => total + target, 0) / examples;
    this.load(new Map());
    const learnt = { ...(omega as object), m: zeros([1]), fitted: tensor(Float32Array.of(1)), ...mentor };
    return { omega: learnt, facts: { examples, right, "cross-entropy": loss } };
  }

  save(): ReadonlyMap<string, Tensor> {
    return new Map([
      ["hundredths", tensor(Int32Array.from(this.#hundredths))],
      ["losses", tensor(Float32Array.from(this.#losses))],
      ["targets", tensor(Int32Array.from(this.#targets))],
    ]);
  }

  /** Restores the sightings. Missing arrays mean that there were none. */
  load(saved: ReadonlyMap<string, Tensor>): void {
    const numbers = (name: string): number[] => Array.from(saved.get(name)?.data ?? []);
    this.#hundredths = numbers("hundredths");
    this.#losses = numbers("losses");
    this.#targets = numbers("targets");
  }
}

/** Plan with one student, which takes the same number of passes over its examples as the real one over its own. */
export const mentorRehearsal = (options: MentornetOptions): RehearsalPlan => ({
  count: 1,
  part: "annotated",
  steps: ({ epochs, stepsPerPass }) => epochs * stepsPerPass,
  checks: 0,
  rehearser: (engine) => new MentorRehearser(engine, options),
});
