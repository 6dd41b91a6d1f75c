/**
 * @file Estimate of a run before its start: shapes, parameters, time and memory. Time is measured over a few steps.
 */

import { topological } from "../../graph/graph.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Batches } from "../../tasks/batches.ts";
import { batchAt } from "../../tasks/batches.ts";
import { START } from "../../objectives/view.ts";
import { parameterCount } from "../../models/student.ts";
import { Random } from "../../random.ts";
import { sizeOf } from "../../tensor.ts";
import { entries } from "../../tree.ts";
import { methodOf } from "../../methods/methods.ts";
import { checkCleanClasses } from "../clean-classes.ts";
import type { TrainConfig } from "../config.ts";
import type { ExampleCounts } from "../events.ts";
import { stepGraph } from "../step/graphs.ts";
import { countsOf, openingWarnings } from "../loop/opening.ts";
import { updatesIn } from "../schedule.ts";
import { select } from "../step/inspect-batch.ts";
import { median } from "../../statistics.ts";
import { rehearsalsOf } from "../loop/rehearsals.ts";
import { prepareBatches, prepareData, prepareTrainer } from "../setup.ts";
import { inTraining } from "../step/pass.ts";
import type { Trainer } from "../step/trainer.ts";
import { studentOf } from "../checkpoint/student-file.ts";
import { adoptStudent } from "../checkpoint/student-start.ts";
import { adoptTeacher, teacherOf } from "../checkpoint/teacher-transfer.ts";
import { predicted } from "../../tasks/task.ts";

export interface Estimate {
  readonly student: { readonly name: string; readonly parameters: number };
  /** Every trained array by name. */
  readonly arrays: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly teacherParameters: number;
  readonly examples: ExampleCounts;
  /** Share of training examples with a wrong label; null if unknown. */
  readonly noiseRate: number | null;
  readonly steps: { readonly perEpoch: number; readonly total: number; readonly teacherUpdates: number };
  /** What the run would warn of at its start. */
  readonly warnings: readonly string[];
  /** Rehearsals before the real student: their count, and the steps of each. Absent without rehearsals. */
  readonly rehearsals?: { readonly count: number; readonly steps: number };
  /** Multiplications and additions in the convolutions and matrix products of one student step, in 10⁹. */
  readonly gigaflopsPerStep: number;
  readonly secondsPerStep: number;
  readonly secondsPerTeacherUpdate: number;
  /** Duration of a selection from one draw, and draws per step. Absent if the method does not select. */
  readonly selection?: { readonly secondsPerDraw: number; readonly drawsPerStep: number };
  /**
   * Duration of all steps with their draws, rehearsals included, and of teacher updates. Evaluations and fits are not
   * included.
   */
  readonly totalSeconds: number;
  /** Peak resident memory of the process during the trial. */
  readonly peakRssBytes: number;
}

/** Multiplications and additions: twice the products of all convolutions and matrix products. */
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

/** Times draws with an untrained student, at evenly spaced moments of a run. */
async function timeSelection(trainer: Trainer, batches: Batches, seed: number) {
  if (!trainer.problem.design.select) return undefined;
  const moments = 8;
  const seconds: number[] = [];
  let drawsPerStep = 0;
  for (let i = 0; i <= moments; i++) {
    const batch = batchAt(batches, i);
    const random = new Random(seed, "estimate", i);
    const uniforms = Float32Array.from({ length: batch.size }, () => random.uniform());
    const started = performance.now();
    // The first draw is not counted, since it compiles the graph.
    const moment = { ...START, progress: Math.max(0, i - 0.5) / moments };
    const { keep } = await select(trainer, batch, moment, uniforms, false);
    if (i === 0) continue;
    seconds.push((performance.now() - started) / 1000);
    drawsPerStep += batch.size / Math.max(1, keep.filter((x) => x > 0).length) / moments;
  }
  return { secondsPerDraw: median(seconds)!, drawsPerStep };
}

/** Duration of a student step in seconds, at the end of a period, since there the window keeps parameters. */
async function timeSteps(trainer: Trainer, batches: Batches): Promise<number> {
  const timing = trainer.learner?.timing;
  const windowSteps = timing?.when === "after" ? (timing.window?.steps ?? 0) : 0;
  const every = timing?.every ?? Infinity;
  const seconds: number[] = [];
  for (let i = 0; i <= Math.max(3, windowSteps); i++) {
    const batch = batchAt(batches, i);
    const started = performance.now();
    const inPeriod = timing?.when === "after" ? every - windowSteps + i : i;
    await trainer.step({ batch, rate: 0, moment: START, ...trainer.keyOf(0, i) }, Math.min(inPeriod, every - 1));
    if (i > 0) seconds.push((performance.now() - started) / 1000);
  }
  return median(seconds)!;
}

/** Duration of a teacher update in seconds; 0 without a learner. */
async function timeUpdate(trainer: Trainer, batches: Batches): Promise<number> {
  const timing = trainer.learner?.timing;
  if (!timing) return 0;
  const next = { batch: batchAt(batches, 0), rate: 0, moment: START, ...trainer.keyOf(0, 0) };
  const upcoming = timing.when === "before" ? next : undefined;
  const window = timing.when === "after" && timing.window ? trainer.window.slice(-timing.window.steps) : [];
  let seconds = 0;
  // The first update is not counted, since it compiles the graphs.
  for (let i = 0; i < 2; i++) {
    trainer.window = window;
    const clean = batches.clean(i, false);
    const started = performance.now();
    await trainer.learn(clean, upcoming);
    seconds = (performance.now() - started) / 1000;
  }
  trainer.window = window;
  return seconds;
}

/**
 * Loads the data, compiles the graphs and times a few steps that leave the student unchanged. Writes nothing.
 * @param options `resume`: the run is to be resumed, and so has its teacher already
 */
export async function estimate(config: TrainConfig, options: { readonly resume?: boolean } = {}): Promise<Estimate> {
  const teacher = options.resume ? undefined : teacherOf(config);
  const student = options.resume ? undefined : studentOf(config);
  const task = await prepareData(config);
  const batches = prepareBatches(config, task);
  checkCleanClasses(methodOf(config.method), task, config);
  const { stepsPerPass } = batches;
  const trainer = await prepareTrainer(config, task);
  try {
    const { problem, learner } = trainer;
    if (teacher) adoptTeacher(trainer, teacher, config, predicted(task));
    if (student) adoptStudent(trainer, student, config.student, task.hashes);
    const perStep = await timeSteps(trainer, batches);
    const perUpdate = await timeUpdate(trainer, batches);
    const selection = await timeSelection(trainer, batches, config.seed);
    const plan = problem.design.learning?.by === "rehearsals" ? problem.design.learning.plan : undefined;
    const rehearsals = rehearsalsOf(plan, { config, task, batches });
    const total = config.epochs * stepsPerPass;
    const teacherUpdates = learner ? updatesIn(total, learner.timing) : 0;
    const withDraws = perStep + (selection ? selection.drawsPerStep * selection.secondsPerDraw : 0);
    const allSteps = total + (rehearsals ? rehearsals.count * rehearsals.steps : 0);
    const { parts } = task;
    return {
      student: { name: problem.student.name, parameters: parameterCount(problem.initial.theta) },
      arrays: entries(problem.initial.theta).map(([name, { shape }]) => ({ name, shape })),
      teacherParameters: problem.teacherParameters,
      examples: countsOf(parts),
      noiseRate: task.noise.rate,
      steps: { perEpoch: stepsPerPass, total, teacherUpdates },
      warnings: openingWarnings({ config, task, batches, trainer }, total, undefined).map(({ text }) => text),
      gigaflopsPerStep: flops(stepGraph(problem, inTraining(batchAt(batches, 0).arrays, problem.student)).graph) / 1e9,
      secondsPerStep: perStep,
      secondsPerTeacherUpdate: perUpdate,
      ...(rehearsals ? { rehearsals: { count: rehearsals.count, steps: rehearsals.steps } } : {}),
      ...(selection ? { selection } : {}),
      totalSeconds: allSteps * withDraws + teacherUpdates * perUpdate,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    task.close?.();
    await trainer.close();
  }
}
