/** @file How long steps, teacher updates and whole periods take, on random CIFAR-shaped data. */

import { availableParallelism } from "node:os";
import { trainSchema } from "./config.ts";
import type { TrainConfig } from "./config.ts";
import { median } from "./metrics.ts";
import { prepareTrainer } from "./setup.ts";
import { randomBatch } from "./synthetic.ts";

export type BenchOptions = Pick<
  TrainConfig,
  "student" | "batch" | "validBatch" | "teacherEvery" | "window" | "engine"
> &
  Partial<Pick<TrainConfig, "threads" | "interaction" | "reversal">> & {
    /** Measured periods, after one that warms up. */
    readonly periods?: number;
  };

export interface BenchResult {
  readonly student: string;
  readonly engine: string;
  readonly threads: number;
  readonly batch: number;
  readonly validBatch: number;
  readonly teacherEvery: number;
  readonly window: number;
  readonly periods: number;
  /** Medians, milliseconds. A period is K student steps and one teacher update. */
  readonly stepMs: number;
  readonly teacherUpdateMs: number;
  readonly periodMs: number;
  readonly peakRssMb: number;
}

const SHAPE = [3, 32, 32] as const;
const CLASSES = Array.from({ length: 10 }, (_, i) => String(i));

export async function bench({ periods = 3, ...options }: BenchOptions): Promise<BenchResult> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const config = trainSchema.parse({ ...given, method: "deep" });
  const trainer = await prepareTrainer(config, { shape: SHAPE, classes: CLASSES });
  try {
    const steps: number[] = [];
    const updates: number[] = [];
    const whole: number[] = [];
    for (let period = 0; period <= periods; period++) {
      const began = performance.now();
      for (let i = 0; i < config.teacherEvery; i++) {
        const batch = randomBatch(SHAPE, CLASSES.length, config.batch, period * config.teacherEvery + i);
        const started = performance.now();
        await trainer.step(batch, 0.01, i);
        if (period > 0) steps.push(performance.now() - started);
      }
      const validation = randomBatch(SHAPE, CLASSES.length, config.validBatch, 1e6 + period);
      const started = performance.now();
      await trainer.learn(validation);
      if (period > 0) {
        updates.push(performance.now() - started);
        whole.push(performance.now() - began);
      }
    }
    return {
      student: config.student,
      engine: trainer.engine.name,
      threads: config.threads ?? availableParallelism(),
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
