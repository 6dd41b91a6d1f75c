/**
 * @file A trained run's weights and what they go with, for the paper's Figure 2: loss, internal state and weight of a sample of training
 * examples, and what the run itself recorded.
 *
 * The sample is seen without augmentation, in training's mode of batch norm and in batches of the run's size, for methods normalise weights
 * within a batch: what is told is N · w. A last batch that the sample does not fill is filled with further training examples.
 */

import { runOnce } from "../../engines/engine.ts";
import { reference } from "../../engines/reference/reference.ts";
import { trace } from "../../graph/graph.ts";
import { Random } from "../../random.ts";
import { leaves, unflatten } from "../../tree.ts";
import type { CheckpointName } from "../checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../checkpoint/checkpoint.ts";
import type { WeightsEvent } from "../events.ts";
import { identityOf } from "../checkpoint/identity.ts";
import { loadTrained } from "./load-run.ts";
import { inspect } from "../step/inspect-batch.ts";
import { readEvents } from "../record/run-folder.ts";
import { readRecord } from "../record/run-record.ts";
import { momentOf } from "../schedule.ts";
import type { Trainer } from "../step/trainer.ts";
import { WeightHistory } from "../record/weight-history.ts";

/** Of one training example, in units of N · w as all weights here; null where it has not been seen. */
export interface RecordedWeights {
  /** Index in the data set. */
  readonly index: number;
  readonly given: number;
  readonly clean: number;
  readonly lastWeight: number | null;
  readonly meanWeight: number | null;
}

export interface ExaminedExample extends RecordedWeights {
  /** Cross-entropy against the given label, nats. */
  readonly loss: number;
  readonly weight: number;
  /** I0 */
  readonly state: Float32Array;
}

export interface Examination {
  readonly classes: readonly string[];
  readonly checkpoint: CheckpointName;
  /** Student steps behind the checkpoint. */
  readonly step: number;
  /** Whether `weight` was computed by the checkpoint's method, or is the last one recorded: some methods' weights hold for one batch alone. */
  readonly computed: boolean;
  readonly sample: readonly ExaminedExample[];
  /** All training examples. */
  readonly training: readonly RecordedWeights[];
  /** P(given label j | true class c) in row c, where the method has learnt it. */
  readonly transitions?: readonly (readonly number[])[];
  /** After each epoch; of a run that recorded none, after the last step. */
  readonly histograms: readonly Pick<WeightsEvent, "epoch" | "binWidth" | "clean" | "wrong">[];
}

/** @throws DataError, CheckpointError when the folder holds no usable run */
export async function examineRun(
  folder: string,
  options: { readonly checkpoint?: CheckpointName; readonly sample: number },
): Promise<Examination> {
  const { checkpoint = "last" } = options;
  const { config, teacherFrom } = readRecord(folder);
  const { task, batches, trainer, progress, tensors } = await loadTrained(folder, checkpoint);
  try {
    const { train } = task.parts;
    const { objective } = task;
    // The best checkpoint holds no recorded weights.
    const recorded =
      checkpoint === "last"
        ? tensors
        : loadCheckpoint(folder, "last", identityOf(config, task, teacherFrom?.sha256)).tensors;
    const history = new WeightHistory(train.count, recorded);
    const mean = history.mean();
    const training = Array.from({ length: train.count }, (_, position): RecordedWeights => {
      const { index, given_label: given, clean_label: clean } = task.describe("train", position);
      const seen = history.count[position]! > 0;
      return {
        index: Number(index),
        given: Number(given),
        clean: Number(clean),
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
        sample.push({
          ...known,
          loss: losses[n]!,
          weight: computed ? weights[n]! * size : known.lastWeight!,
          state: I0.slice(n * width, (n + 1) * width),
        });
      }
    }

    const told = readEvents(folder).filter((event) => event.type === "weights");
    const now = { epoch: Math.ceil(progress.step / batches.stepsPerPass), ...history.histogram(train.wrong) };
    return {
      classes: objective.classes ?? [],
      checkpoint,
      step: progress.step,
      computed,
      sample,
      training,
      ...(await transitionsOf(trainer)),
      histograms: told.length > 0 ? told : [now],
    };
  } finally {
    await trainer.close();
  }
}

/** What ω says of how labels go wrong, in float64; nothing where it says nothing of it. */
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
