/** @file The entry points of the training layer that the verbs call, each loaded when it is needed. */

import type { TrainConfig } from "../train/config.ts";
import type { RunResults, TrainEvent, TrainHooks } from "../train/events.ts";

export interface Evaluation {
  readonly testError: number;
  readonly testLoss: number;
  readonly validError: number;
  readonly validLoss: number;
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly string[];
  readonly examples: number;
  readonly seconds: number;
}

export interface BenchOptions {
  readonly student: string;
  readonly batch: number;
  readonly validBatch: number;
  readonly teacherEvery: number;
  readonly window: number;
  readonly engine: string;
  readonly threads?: number | undefined;
  readonly interaction?: string;
  readonly reversal?: string;
  readonly periods?: number;
}

export interface BenchResult {
  readonly stepMs: number;
  readonly teacherUpdateMs: number;
  readonly periodMs: number;
  readonly peakRssMb: number;
}

export interface EngineDiagnosis {
  readonly name: string;
  readonly loads: boolean;
  readonly version?: string;
  readonly detail: readonly string[];
  readonly remedy?: string;
}

const load = <T>(path: string): Promise<T> => import(path) as Promise<T>;

export async function trainInThread(config: TrainConfig, hooks: TrainHooks): Promise<RunResults> {
  const module = await load<{ trainInThread: typeof trainInThread }>("../train/thread.ts");
  return module.trainInThread(config, hooks);
}

export async function evaluateRun(
  folder: string,
  options: { checkpoint?: "last" | "best"; onEvent?: (event: TrainEvent) => void },
): Promise<Evaluation> {
  const module = await load<{ evaluateRun: typeof evaluateRun }>("../train/evaluate-run.ts");
  return module.evaluateRun(folder, options);
}

export async function bench(options: BenchOptions): Promise<BenchResult> {
  return (await load<{ bench: typeof bench }>("../train/bench.ts")).bench(options);
}

export async function estimate(config: TrainConfig): Promise<Record<string, unknown>> {
  return (await load<{ estimate: typeof estimate }>("../train/estimate.ts")).estimate(config);
}

export async function diagnoseEngines(): Promise<EngineDiagnosis[]> {
  return (await load<{ diagnoseEngines: typeof diagnoseEngines }>("../engines/select.ts")).diagnoseEngines();
}
