/**
 * @file Examination of a trained run, for the paper's Figure 2: loss, internal state and weight of a sample of training
 * examples, and the weights that the run itself recorded.
 *
 * The sample is not augmented. It passes through the student with batch statistics, as in training, in batches of the
 * run's size, since methods normalise weights within a batch. Weights are reported as N · w. Further training examples
 * fill up the last batch.
 */

import { runOnce } from "../../engines/engine.ts";
import { reference } from "../../engines/reference/reference.ts";
import { trace } from "../../graph/graph.ts";
import { DataError } from "../../errors.ts";
import { Random } from "../../random.ts";
import { leaves, unflatten } from "../../tree.ts";
import type { CheckpointName } from "../checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../checkpoint/checkpoint.ts";
import type { WeightsEvent } from "../events.ts";
import { identitiesOf } from "../checkpoint/identity.ts";
import type { Places } from "./load-run.ts";
import { loadTrained } from "./load-run.ts";
import { inspect } from "../step/inspect-batch.ts";
import { readEvents } from "../record/log.ts";
import { readRecord } from "../record/run-record.ts";
import { classIn } from "../../tasks/task.ts";
import { momentOf } from "../schedule.ts";
import type { Trainer } from "../step/trainer.ts";
import { WeightHistory } from "../record/weight-history.ts";

/**
 * Recorded weights of one training example. All weights here are reported as N · w; null if no batch has had the
 * example.
 */
export interface RecordedWeights {
  /** Index in the data set. */
  readonly index: number;
  readonly given: number;
  /** null where nobody knows */
  readonly clean: number | null;
  readonly lastWeight: number | null;
  readonly meanWeight: number | null;
}

export interface ExaminedExample extends RecordedWeights {
  /** Cross-entropy against the given label, nats. */
  readonly loss: number;
  readonly weight: number;
  /** Internal state I0. */
  readonly state: Float32Array;
}

export interface Examination {
  readonly classes: readonly string[];
  readonly checkpoint: CheckpointName;
  /** Student steps before the checkpoint. */
  readonly step: number;
  /**
   * Whether the checkpoint's method computed `weight`. Otherwise it is the last one recorded, since the weights of some
   * methods apply to a single batch.
   */
  readonly computed: boolean;
  readonly sample: readonly ExaminedExample[];
  /** Recorded weights of all training examples. */
  readonly training: readonly RecordedWeights[];
  /** P(given label j | true class c) in row c, if the method learns it. */
  readonly transitions?: readonly (readonly number[])[];
  /** Weight histograms after each epoch; if the run recorded none, one after the last step. */
  readonly histograms: readonly Omit<WeightsEvent, "type" | "step">[];
}

/** @throws DataError, CheckpointError if the folder holds no usable run */
export async function examineRun(
  folder: string,
  options: { readonly checkpoint?: CheckpointName; readonly sample: number; readonly places?: Places },
): Promise<Examination> {
  const { checkpoint = "last" } = options;
  const record = readRecord(folder);
  const { config } = record;
  const { task, batches, trainer, progress, tensors } = await loadTrained(folder, checkpoint, options.places);
  try {
    const { train } = task.parts;
    const { objective } = task;
    if (!objective.classes) {
      throw new DataError(
        `${folder}: expected a run on examples with classes, got one on ${config.data}. weights.csv ranks its examples`,
      );
    }
    // Only the last checkpoint holds recorded weights.
    const recorded =
      checkpoint === "last" ? tensors : loadCheckpoint(folder, "last", identitiesOf(config, task, record)).tensors;
    const history = new WeightHistory(train.count, recorded);
    const mean = history.mean();
    const training = Array.from({ length: train.count }, (_, position): RecordedWeights => {
      const { index, given_label: given, clean_label: clean } = task.describe("train", position);
      const seen = history.count[position]! > 0;
      return {
        index: Number(index),
        given: Number(given),
        clean: classIn(clean),
        lastWeight: seen ? history.last[position]! : null,
        meanWeight: seen ? mean[position]! : null,
      };
    });

    const order = new Random(config.seed, "analyze").permutation(train.count);
    const size = Math.min(config.batch, train.count);
    const wanted = Math.min(options.sample, train.count);
    const computed = !trainer.problem.design.about?.perBatch;
    const moment = momentOf(progress, config.epochs * batches.stepsPerPass, objective.chance);
    const sample: ExaminedExample[] = [];
    for (let start = 0; start < wanted; start += size) {
      const positions = Uint32Array.from({ length: size }, (_, n) => order[(start + n) % train.count]!);
      const { losses, weights, I0 } = await inspect(trainer, batches.plain("train", positions), moment);
      const width = I0.length / size;
      for (let n = 0; n < Math.min(size, wanted - start); n++) {
        const known = training[positions[n]!]!;
        if (!computed && known.lastWeight === null) continue;
        const weight = computed ? weights[n]! * size : known.lastWeight!;
        checkFinite(folder, { ...known, weight, loss: losses[n]! });
        sample.push({
          ...known,
          loss: losses[n]!,
          weight,
          state: I0.slice(n * width, (n + 1) * width),
        });
      }
    }

    const told = readEvents(folder).filter((event) => event.type === "weights");
    const now = { epoch: Math.ceil(progress.step / batches.stepsPerPass), ...history.histogram(train.wrong) };
    return {
      classes: objective.classes,
      checkpoint,
      step: progress.step,
      computed,
      sample,
      training,
      ...(await transitionsOf(trainer)),
      histograms: told.length > 0 ? told : [now],
    };
  } finally {
    task.close?.();
    await trainer.close();
  }
}

/** @throws DataError for numbers that a report cannot show, from runs of 0.1.0 that diverged without an error */
function checkFinite(folder: string, numbers: Pick<ExaminedExample, "index" | "lastWeight" | "weight" | "loss">): void {
  for (const name of ["lastWeight", "weight", "loss"] as const) {
    const value = numbers[name];
    if (value === null || Number.isFinite(value)) continue;
    throw new DataError(
      `${folder}: expected a finite ${name === "loss" ? "loss" : "weight"} for example ${numbers.index}, got ${value}: the run has diverged. ` +
        "Train it again with a lower --lr or --teacher-lr",
    );
  }
}

/** Label transition matrix from ω, in float64; empty if the method has none. */
async function transitionsOf(trainer: Trainer): Promise<Pick<Examination, "transitions">> {
  const { transitions } = trainer.problem.design.about ?? {};
  if (!transitions) return {};
  const omega = await trainer.readOmega();
  const arrays = leaves(omega);
  const [T] = await runOnce(
    reference,
    trace((...values) => [transitions(unflatten(omega, values))], arrays),
    arrays,
  );
  const [classes] = T!.shape as [number];
  const row = (c: number): number[] => Array.from(T!.data.slice(c * classes, (c + 1) * classes));
  return { transitions: Array.from({ length: classes }, (_, c) => row(c)) };
}
