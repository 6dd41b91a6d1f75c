/** @file Bench: durations of student steps, teacher updates and whole periods, on random data of the kind that the student reads, images of CIFAR's shape for one. */

import { trainSchema } from "../config.ts";
import type { TrainConfig } from "../config.ts";
import { median } from "../../statistics.ts";
import { prepareTrainer } from "../setup.ts";
import { START } from "../../objectives/view.ts";
import { kindOfStudent } from "../../tasks/kinds.ts";

export type BenchOptions = Pick<
  TrainConfig,
  "student" | "batch" | "validBatch" | "teacherEvery" | "window" | "engine"
> &
  Partial<Pick<TrainConfig, "threads" | "device" | "precision" | "interaction" | "reversal">> & {
    /** Measured periods, after one warm-up period. */
    readonly periods?: number;
  };

export interface BenchResult {
  readonly student: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly device: string;
  readonly precision: string;
  readonly threads: number;
  readonly batch: number;
  readonly validBatch: number;
  readonly teacherEvery: number;
  readonly window: number;
  readonly periods: number;
  /**
   * Medians in milliseconds. A period is K student steps and one teacher update. Drawing the random batches is not
   * counted.
   */
  readonly stepMs: number;
  readonly teacherUpdateMs: number;
  readonly periodMs: number;
  readonly peakRssMb: number;
}

export async function bench({ periods = 3, ...options }: BenchOptions): Promise<BenchResult> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { sets, madeUp } = kindOfStudent(options.student);
  const config = trainSchema.parse({ ...given, data: sets[0], method: "deep" });
  const trainer = await prepareTrainer(config, madeUp.aim);
  try {
    const steps: number[] = [];
    const updates: number[] = [];
    const whole: number[] = [];
    for (let period = 0; period <= periods; period++) {
      let total = 0;
      const timed = async (work: () => Promise<unknown>): Promise<number> => {
        const started = performance.now();
        await work();
        const ms = performance.now() - started;
        total += ms;
        return ms;
      };
      for (let i = 0; i < config.teacherEvery; i++) {
        const batch = madeUp.batch(config.batch, period * config.teacherEvery + i);
        const ms = await timed(() => trainer.step({ batch, rate: 0.01, moment: START, ...trainer.keyOf(0, i) }, i));
        if (period > 0) steps.push(ms);
      }
      const validation = madeUp.batch(config.validBatch, 1e6 + period);
      const ms = await timed(() => trainer.learn(validation));
      if (period > 0) {
        updates.push(ms);
        whole.push(total);
      }
    }
    return {
      student: config.student,
      engine: trainer.engine.name,
      engineVersion: trainer.engine.identity.version,
      device: trainer.engine.identity.device,
      precision: trainer.engine.identity.precision,
      threads: trainer.engine.identity.threads,
      batch: config.batch,
      validBatch: config.validBatch,
      teacherEvery: config.teacherEvery,
      window: config.window,
      periods,
      stepMs: median(steps)!,
      teacherUpdateMs: median(updates)!,
      periodMs: median(whole)!,
      peakRssMb: process.resourceUsage().maxRSS / 1024,
    };
  } finally {
    await trainer.close();
  }
}
