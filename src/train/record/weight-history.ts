/** @file History of each training example's weight over a run: its last and mean reported weight. */

import type { Tensor } from "../../tensor.ts";
import type { Verdicts } from "../../tasks/task.ts";
import { tensor } from "../../tensor.ts";
import { auroc, averagePrecision } from "../../statistics.ts";
import type { RunResults, WeightsEvent } from "../events.ts";

/** Weights closer to 1 than this count as 1. Float32 rounds by 6e-8, which over the largest batches adds up to 1e-6. */
const ROUNDING = 1e-6;

/** Histogram bins, in units of N · w, are centred at 0, 0.05, …, 3. The last one takes everything above. */
const BIN_WIDTH = 0.05;
const BINS = Math.round(3 / BIN_WIDTH) + 1;

const NO_QUALITY = { auroc: null, averagePrecision: null, aurocLast: null };

/**
 * Last weight, sum and count of each training example. Weights are reported as N · w: 1 is the weight of the baseline.
 */
export class WeightHistory {
  readonly last: Float32Array;
  readonly sum: Float64Array;
  readonly count: Int32Array;

  constructor(examples: number, saved?: ReadonlyMap<string, Tensor>) {
    this.last = (saved?.get("weights.last")?.data as Float32Array) ?? new Float32Array(examples);
    this.sum = (saved?.get("weights.sum")?.data as Float64Array) ?? new Float64Array(examples);
    this.count = (saved?.get("weights.count")?.data as Int32Array) ?? new Int32Array(examples);
  }

  /** Adds the weights w `[N]` of a batch, whose examples have these `positions`; trusted ones have none of their own. */
  add(positions: ArrayLike<number>, weights: ArrayLike<number>): void {
    const N = weights.length;
    for (let n = 0; n < N; n++) {
      const position = positions[n]!;
      if (position >= this.count.length) continue;
      const relative = weights[n]! * N;
      this.last[position] = relative;
      this.sum[position]! += relative;
      this.count[position]!++;
    }
  }

  /** Arrays of the history, for a checkpoint. */
  tensors(): [string, Tensor][] {
    return [
      ["weights.last", tensor(this.last)],
      ["weights.sum", tensor(this.sum)],
      ["weights.count", tensor(this.count)],
    ];
  }

  /** Mean weight of each example; NaN for an example that no batch has had. */
  mean(): Float64Array {
    return this.sum.map((sum, i) => sum / this.count[i]!);
  }

  /**
   * Histograms of the last weight over the examples seen, separate for right, wrong and unknown labels.
   * @param wrong absent where nobody knows of any
   */
  histogram(wrong?: Verdicts): Omit<WeightsEvent, "type" | "step" | "epoch"> {
    const [ofRight, ofWrong, ofUnknown] = [0, 1, 2].map(() => new Array<number>(BINS).fill(0)) as [
      number[],
      number[],
      number[],
    ];
    this.count.forEach((seen, i) => {
      if (seen === 0) return;
      const verdict = wrong?.[i];
      const bins = verdict === undefined ? ofUnknown : verdict > 0 ? ofWrong : ofRight;
      bins[Math.min(BINS - 1, Math.round(this.last[i]! / BIN_WIDTH))]!++;
    });
    const unknown = ofUnknown.some((count) => count > 0) ? { unknown: ofUnknown } : {};
    return { binWidth: BIN_WIDTH, clean: ofRight, wrong: ofWrong, ...unknown };
  }

  /** Whether all examples that were seen have the same mean weight, up to rounding. */
  get allAlike(): boolean {
    return this.mean().every((weight) => Number.isNaN(weight) || Math.abs(weight - 1) < ROUNDING);
  }

  /**
   * Quality of low weight as a detector of wrong labels, over the examples seen whose right label is known. Null if that
   * is none, if no or every label is wrong, and if all weights are equal up to rounding.
   */
  quality(verdicts?: Verdicts): RunResults["weights"] {
    if (!verdicts || this.allAlike) return NO_QUALITY;
    const seen = [...this.count.keys()].filter((i) => this.count[i]! > 0 && verdicts[i] !== undefined);
    const wrong = seen.map((i) => verdicts[i]!);
    const mean = this.mean();
    const suspicion = seen.map((i) => -mean[i]!);
    return {
      auroc: auroc(suspicion, wrong),
      averagePrecision: averagePrecision(suspicion, wrong),
      aurocLast: auroc(
        seen.map((i) => -this.last[i]!),
        wrong,
      ),
    };
  }
}
