/** @file What a run would need, before it is started: shapes, parameters, time and memory. Time is measured on a few steps, not guessed. */

import { topological } from "../../graph/graph.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Task } from "../../tasks/classification.ts";
import { START } from "../../objectives/view.ts";
import { parameterCount } from "../../models/student.ts";
import { Random } from "../../random.ts";
import { sizeOf } from "../../tensor.ts";
import { entries } from "../../tree.ts";
import type { TrainConfig } from "../config.ts";
import { stepGraph } from "../step/graphs.ts";
import { select } from "../step/inspect-batch.ts";
import { median } from "../../statistics.ts";
import { rehearsalsOf } from "../loop/rehearsals.ts";
import { prepareBatches, prepareData, prepareTrainer } from "../setup.ts";
import { randomBatch } from "./synthetic.ts";
import type { Trainer } from "../step/trainer.ts";
import { adoptTeacher, teacherOf } from "../checkpoint/teacher-transfer.ts";

export interface Estimate {
  readonly student: { readonly name: string; readonly parameters: number };
  /** Every trained array by name. */
  readonly arrays: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly teacherParameters: number;
  readonly examples: { readonly train: number; readonly valid: number; readonly test: number };
  readonly noiseRate: number;
  readonly steps: { readonly perEpoch: number; readonly total: number; readonly teacherUpdates: number };
  /** Students before the real one: how many, and steps of each; absent where there are none. */
  readonly rehearsals?: { readonly count: number; readonly steps: number };
  /** Multiplications and additions of one student step's convolutions and matrix products. */
  readonly gigaflopsPerStep: number;
  readonly secondsPerStep: number;
  readonly secondsPerTeacherUpdate: number;
  /** Of looking at a batch to choose from it, and how many a step takes; absent where nothing is left out. */
  readonly selection?: { readonly secondsPerDraw: number; readonly drawsPerStep: number };
  /** Steps, those of rehearsals too, with their draws, and teacher updates; evaluations and fits come on top. */
  readonly totalSeconds: number;
  /** Resident memory of the process at its peak during the trial. */
  readonly peakRssBytes: number;
}

/** 2 · products of every convolution and matrix product. */
function flops({ outputs }: Graph): number {
  let total = 0;
  for (const { op, shape, inputs } of topological(outputs)) {
    const [a, b] = inputs;
    if (op === "matmul") total += 2 * sizeOf(shape) * a!.shape.at(-1)!;
    if (op === "conv2d") total += 2 * sizeOf(shape) * sizeOf(b!.shape.slice(1));
    if (op === "conv2dInputGrad") total += 2 * sizeOf(a!.shape) * sizeOf(b!.shape.slice(1));
    if (op === "conv2dWeightGrad") total += 2 * sizeOf(b!.shape) * sizeOf(shape.slice(1));
  }
  return total;
}

/** Draws at evenly spaced moments of a run, of random images and an untrained student. */
async function timeSelection(trainer: Trainer, config: TrainConfig, task: Pick<Task, "shape" | "classes">) {
  if (!trainer.problem.design.select) return undefined;
  const moments = 8;
  const seconds: number[] = [];
  let drawsPerStep = 0;
  for (let i = 0; i <= moments; i++) {
    const batch = randomBatch(task.shape, task.classes.length, config.batch, 200 + i);
    const random = new Random(config.seed, "estimate", i);
    const uniforms = Float32Array.from({ length: batch.size }, () => random.uniform());
    const started = performance.now();
    // The first compiles, and is not counted.
    const context = { ...START, progress: Math.max(0, i - 0.5) / moments };
    const { keep } = await select(trainer, batch, context, uniforms, false);
    if (i === 0) continue;
    seconds.push((performance.now() - started) / 1000);
    drawsPerStep += batch.size / Math.max(1, keep.filter((x) => x > 0).length) / moments;
  }
  return { secondsPerDraw: median(seconds)!, drawsPerStep };
}

/**
 * Loads the data, compiles the graphs and times a few steps on random images. Writes nothing.
 * @param options `resume`: for a run that goes on, and so has its teacher already
 */
export async function estimate(config: TrainConfig, options: { readonly resume?: boolean } = {}): Promise<Estimate> {
  const teacher = options.resume ? undefined : teacherOf(config);
  const task = await prepareData(config);
  const batches = prepareBatches(config, task);
  const { stepsPerEpoch } = batches;
  const trainer = await prepareTrainer(config, task);
  try {
    const { problem, learner } = trainer;
    if (teacher) adoptTeacher(trainer, teacher, config, task.classes);
    const seconds: number[] = [];
    const trial = Math.max(3, learner?.window ?? 0);
    for (let i = 0; i <= trial; i++) {
      const started = performance.now();
      const inPeriod = learner?.timing === "after" ? learner.every - learner.window + i : i;
      await trainer.step(
        randomBatch(task.shape, task.classes.length, config.batch, i),
        0,
        Math.min(inPeriod, (learner?.every ?? Infinity) - 1),
      );
      if (i > 0) seconds.push((performance.now() - started) / 1000);
    }
    const next = randomBatch(task.shape, task.classes.length, config.batch, 99);
    const upcoming = learner?.timing === "before" ? { batch: next, rate: 0, context: START } : undefined;
    let perUpdate = 0;
    for (let i = 0; learner && i < 2; i++) {
      const window = trainer.window.slice(-learner.window);
      trainer.window = window;
      const validation = randomBatch(task.shape, task.classes.length, config.validBatch, 100 + i);
      const started = performance.now();
      await trainer.learn(validation, upcoming);
      perUpdate = (performance.now() - started) / 1000;
      trainer.window = window;
    }
    const selection = await timeSelection(trainer, config, task);
    const rehearsals = rehearsalsOf(problem.design.rehearsals, { config, task, batches });
    const total = config.epochs * stepsPerEpoch;
    const teacherUpdates = learner ? Math.floor(total / learner.every) : 0;
    const perStep = median(seconds)!;
    const withDraws = perStep + (selection ? selection.drawsPerStep * selection.secondsPerDraw : 0);
    const allSteps = total + (rehearsals ? rehearsals.count * rehearsals.steps : 0);
    return {
      student: { name: problem.student.name, parameters: parameterCount(problem.initial.theta) },
      arrays: entries(problem.initial.theta).map(([name, { shape }]) => ({ name, shape })),
      teacherParameters: problem.teacherParameters,
      examples: { train: task.train.count, valid: task.valid.count, test: task.test.count },
      noiseRate: task.noiseRate,
      steps: { perEpoch: stepsPerEpoch, total, teacherUpdates },
      gigaflopsPerStep: flops(stepGraph(problem, config.batch)) / 1e9,
      secondsPerStep: perStep,
      secondsPerTeacherUpdate: perUpdate,
      ...(rehearsals ? { rehearsals: { count: rehearsals.count, steps: rehearsals.steps } } : {}),
      ...(selection ? { selection } : {}),
      totalSeconds: allSteps * withDraws + teacherUpdates * perUpdate,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    await trainer.close();
  }
}
