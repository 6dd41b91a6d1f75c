/**
 * @file A little student with two internal states, in float64, and plain numbers out of it: what the tests of
 * methods share.
 */

import type { Batch } from "../../src/tasks/batches.ts";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import type { Value } from "../../src/graph/value.ts";
import { methodOf } from "../../src/methods/methods.ts";
import { classFeatures } from "../../src/objectives/class-features.ts";
import type { TaskSpec } from "../../src/objectives/task-spec.ts";
import type { Moment, TrainingView } from "../../src/objectives/view.ts";
import { START } from "../../src/objectives/view.ts";
import { fill } from "../../src/ops/broadcast.ts";
import type { Student } from "../../src/models/student.ts";
import { dropout } from "../../src/nn/dropout.ts";
import { normalTensor } from "../../src/initial.ts";
import { logSoftmax } from "../../src/ops/compose.ts";
import { add, mul, tanh } from "../../src/ops/elementwise.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { reshape, slice } from "../../src/ops/movement.ts";
import { Random } from "../../src/random.ts";
import type { Spec, Tensor } from "../../src/tensor.ts";
import { float, sizeOf, tensor } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { leaf, leaves, unflatten } from "../../src/tree.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { TrainingProblem } from "../../src/train/step/problem.ts";
import { randomImages } from "../../src/tasks/images/random.ts";
import { imageAim } from "../../src/tasks/images/task.ts";
import type { StepInput } from "../../src/train/step/trainer.ts";
import { Trainer } from "../../src/train/step/trainer.ts";
import { tiny } from "../train/tiny.ts";

const SHAPE = [1, 2, 2] as const;
const CLASSES = 3;
const sizes = { W1: [4, 6], b1: [6], W2: [6, 4], b2: [4], W3: [4, CLASSES], b3: [CLASSES] } as const;

/** 4 – tanh – 6, shown as I1 `[3, 2, 1]` – tanh – 4, which is I0 – 3 classes. @param rate dropout before and in I0 */
const studentWith = (rate: number): Student => ({
  name: "little",
  random: rate > 0,
  init: (seed) => ({
    params: Object.fromEntries(
      Object.entries(sizes).map(([path, shape]) => [path, normalTensor({ seed, path }, shape, 0.8)]),
    ),
    statistics: {},
  }),
  apply(params, statistics, { images }, pass) {
    const x = images!;
    const N = x.shape[0]!;
    const layer = (y: Value, i: number): Value => add(matmul(y, leaf(params, `W${i}`)), leaf(params, `b${i}`));
    const hidden = dropout(tanh(layer(reshape(x, [N, 4]), 1)), rate, pass, "hidden");
    const I0 = dropout(tanh(layer(hidden, 2)), rate, pass, "state");
    return { output: layer(I0, 3), internals: { I0, I1: reshape(hidden, [N, 3, 2, 1]) }, statistics };
  },
});
const student = studentWith(0);

/** The little student under a method, on the reference engine. @param rate of its dropout */
export function little(changes: TrainInput, rate = 0): Trainer {
  const config = tiny({ batch: 6, validBatch: 8, momentum: 0.8, weightDecay: 1e-2, ...changes });
  const aim = imageAim(
    SHAPE,
    Array.from({ length: CLASSES }, (_, i) => String(i)),
  );
  return new Trainer(reference, new TrainingProblem(studentWith(rate), aim, methodOf(config.method), config), config);
}

export const batchOf = (size: number, seed: number): Batch => randomImages(SHAPE, CLASSES, size, seed);

/** A step on a batch, at the first moment of a run unless told otherwise. */
export const stepOn = (batch: Batch, rate: number, moment: Moment = START): StepInput => ({ batch, rate, moment });

/** A batch's labels, and the same batch with others. */
export const labelsOf = ({ arrays }: Batch): number[] => Array.from(arrays["labels"]!.data);
export const labelled = (batch: Batch, labels: readonly number[]): Batch => ({
  ...batch,
  arrays: { ...batch.arrays, labels: tensor(Int32Array.from(labels)) },
});

/** What a method is fitted to: classes, a state of d numbers, batches of `rows`. */
export const specOf = (classes: number, d: number, rows: number): TaskSpec => {
  const internals = { I0: [d] };
  return { classes, internals, features: classFeatures(classes, internals), rows };
};

/** A view of N examples, of which only the parts that are given are there: all that a method looks at. */
export function viewOf(
  N: number,
  { losses = fill(0, [N]), logits, labels, I0 = fill(0, [N, 1]), moment = fill(0, [3]) }: Partial<Parts>,
): TrainingView {
  const classes = labels ? { classes: { labels, logits: logits ?? fill(0, [N, 1]) } } : {};
  return { losses, nll: losses, internals: { I0 }, moment, ...classes };
}

interface Parts {
  readonly losses: Value;
  readonly logits: Value;
  readonly labels: Value;
  readonly I0: Value;
  readonly moment: Value;
}

/** Normal numbers for arrays of these shapes. */
export const normals = (specs: readonly Pick<Spec, "shape">[], scale: number, stream: string): Tensor[] =>
  specs.map(({ shape }, i) => {
    const random = new Random(11, stream, i);
    return tensor(
      Float64Array.from({ length: sizeOf(shape) }, () => scale * random.normal()),
      shape,
    );
  });

/** All numbers of some arrays in one list, and back. */
export const flat = (arrays: readonly Tensor[]): number[] => arrays.flatMap((x) => Array.from(x.data));
export function unflat(numbers: readonly number[], like: readonly Pick<Spec, "shape">[]): Tensor[] {
  let at = 0;
  return like.map(({ shape }) => tensor(numbers.slice(at, (at += sizeOf(shape))), shape));
}

/** What lies in an engine, as numbers. */
export const numbers = async (arrays: readonly { read(): Promise<Tensor> }[]): Promise<number[]> =>
  flat(await Promise.all(arrays.map((x) => x.read())));

/** ‖a − b‖ / ‖b‖ */
export const relative = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((x, i) => x - b[i]!)) / Math.hypot(...b);

export const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** Central differences of f in every number of x. */
export async function differences(
  f: (x: readonly number[]) => Promise<number>,
  x: readonly number[],
  h = 1e-5,
): Promise<number[]> {
  const result: number[] = [];
  for (const i of x.keys()) {
    const moved = (by: number): number[] => x.map((value, j) => (j === i ? value + by : value));
    result.push(((await f(moved(h))) - (await f(moved(-h)))) / (2 * h));
  }
  return result;
}

const theta = leaves(student.init(0).params);

/** ℓₖ and ∇ℓₖ of each example, one by one, at parameters θ. */
export async function perExample(
  at: readonly number[],
  { arrays, size }: Batch,
): Promise<{ losses: number[]; gradients: number[][] }> {
  const graph = trace(
    (...inputs) => {
      const { params } = student.init(0);
      const images = inputs.at(-1)!;
      const { output } = student.apply(unflatten(params, inputs.slice(0, -1)), {}, { images }, { mode: "train" });
      const logs = logSoftmax(output, 1);
      return Array.from(arrays["labels"]!.data).flatMap((label, k) => {
        const loss = reshape(mul(slice(logs, { start: [k, label], size: [1, 1] }), -1), []);
        return [loss, ...gradient(loss, inputs.slice(0, -1))];
      });
    },
    [...theta, float([size, ...SHAPE])],
  );
  const outputs = await runOnce(reference, graph, [...unflat(at, theta), arrays["images"]!]);
  const each = 1 + theta.length;
  const of = (k: number): number[] => flat(outputs.slice(k * each, (k + 1) * each));
  const examples = Array.from({ length: size }, (_, k) => of(k));
  return { losses: examples.map(([loss]) => loss!), gradients: examples.map(([, ...g]) => g) };
}

/** Mean log-likelihood of a batch at θ. */
export async function metricAt(at: readonly number[], { arrays, size }: Batch): Promise<number> {
  const graph = trace(
    (...inputs) => {
      const { params } = student.init(0);
      const images = inputs.at(-1)!;
      return [student.apply(unflatten(params, inputs.slice(0, -1)), {}, { images }, { mode: "train" }).output];
    },
    [...theta, float([size, ...SHAPE])],
  );
  const [logits] = await runOnce(reference, graph, [...unflat(at, theta), arrays["images"]!]);
  const rows = Array.from(arrays["labels"]!.data, (label, k) => {
    const z = Array.from(logits!.data.slice(k * CLASSES, (k + 1) * CLASSES));
    return z[label]! - Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0));
  });
  return rows.reduce((sum, row) => sum + row, 0) / size;
}

/** Its gradient. */
export async function metricGradient(at: readonly number[], batch: Batch): Promise<number[]> {
  const { gradients } = await perExample(at, batch);
  return at.map((_, i) => -gradients.reduce((sum, g) => sum + g[i]!, 0) / batch.size);
}
