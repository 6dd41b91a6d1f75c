/**
 * @file Fit of a data-driven mentor (Jiang et al., ICML 2018). The mentor learns to predict whether a given label is
 * right, from sightings of annotated examples during the training of a student,
 *
 *     target v* = 1[given = clean],      d = ℓ − percentile of the losses of the same hundredth
 *     cross-entropy of σ(z) against v*; batches of 32, Adam, gradient clipped to norm 5, rate 0.1 · 0.9^⌊step / 1000⌋
 *
 * The authors subtract one percentile of their whole dump; all rows of the dump that they show are of one hundredth.
 * Losses fall over a run, and a mentored student compares each loss with those of the same moment. Therefore each
 * hundredth has its own percentile here. The authors hold back a fifth of their dump for a report; here the mentor
 * learns from all sightings.
 */

import type { DeviceTensor, Engine } from "../../engines/engine.ts";
import { Programs } from "../../engines/programs.ts";
import { traceNamed } from "../../graph/named.ts";
import type { Value } from "../../graph/value.ts";
import { sumAll } from "../../ops/broadcast.ts";
import { halfSquaredNorm } from "../../ops/compose.ts";
import { add, div, mul, relu, softplus, sqrt, sub } from "../../ops/elementwise.ts";
import { gather } from "../../ops/gather.ts";
import { reshape, slice } from "../../ops/movement.ts";
import { simplified } from "../../ops/simplify.ts";
import type { OptimizerState } from "../../optim/optimizer.ts";
import { adam } from "../../optim/adam.ts";
import { Random } from "../../random.ts";
import type { Spec, Tensor } from "../../tensor.ts";
import { float, int, item, tensor } from "../../tensor.ts";
import { gradient } from "../../transform/grad.ts";
import type { Tree } from "../../tree.ts";
import { leaf } from "../../tree.ts";
import { EPOCHS, mentorScore, TRAINED } from "./mentor.ts";

const BATCH = 32;
const RATE = 0.1;
const DECAY = 0.9;
const DECAY_EVERY = 1000;
const CLIP = 5;

/** Sightings of annotated examples: one entry for each time that the student trained on one. */
export interface Sightings {
  /** Progress of the training in hundredths, 0 … 99. */
  readonly hundredths: ArrayLike<number>;
  /** Losses ℓ, nats. */
  readonly losses: ArrayLike<number>;
  /** Targets v*: 1 for a right given label, 0 for a wrong one. */
  readonly targets: ArrayLike<number>;
}

/** Training rows `[n, 8]`, one per sighting: ℓ, d, v*, and the embedding of its epoch. */
export function examplesOf({ hundredths, losses, targets }: Sightings, epochs: Tensor, share: number): Tensor {
  const n = losses.length;
  const byHundredth = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    const sameTime = byHundredth.get(hundredths[i]!);
    if (sameTime) sameTime.push(losses[i]!);
    else byHundredth.set(hundredths[i]!, [losses[i]!]);
  }
  const percentiles = new Map([...byHundredth].map(([hundredth, same]) => [hundredth, percentile(same, share)]));
  const width = epochs.data.length / EPOCHS;
  const rows = new Float32Array(n * (3 + width));
  for (let i = 0; i < n; i++) {
    const [loss, hundredth] = [losses[i]!, hundredths[i]!];
    const embedding = epochs.data.subarray(hundredth * width, (hundredth + 1) * width);
    rows.set([loss, loss - percentiles.get(hundredth)!, targets[i]!, ...embedding], i * (3 + width));
  }
  return tensor(rows, [n, 3 + width]);
}

/** Percentile: the number whose rank, counted from 0 upwards, is `share` · (n − 1), rounded. */
function percentile(numbers: readonly number[], share: number): number {
  return Float64Array.from(numbers).sort()[Math.round(share * (numbers.length - 1))]!;
}

/** Mean cross-entropy of σ(z) against v* over rows of `examplesOf`, as a scalar. */
export function mentorLoss(mentor: Tree<Value>, rows: Value): Value {
  const [N, width] = rows.shape as [number, number];
  const column = (i: number): Value => reshape(slice(rows, { start: [0, i], size: [N, 1] }), [N]);
  const epochs = slice(rows, { start: [0, 3], size: [N, width - 3] });
  const z = mentorScore(mentor, column(0), column(1), epochs);
  // −v* ln σ(z) − (1 − v*) ln(1 − σ(z))
  return mul(sumAll(sub(softplus(z), mul(column(2), z))), 1 / N);
}

const byName = (values: readonly Value[]): Tree<Value> =>
  Object.fromEntries(TRAINED.map((name, i) => [name, values[i]!]));

/** g · min(1, 5 / ‖g‖), with one norm over all arrays. */
function clipped(g: readonly Value[]): Value[] {
  const norm = sqrt(mul(2, halfSquaredNorm(g)));
  const scale = div(CLIP, add(relu(sub(norm, CLIP)), CLIP));
  return g.map((x) => mul(x, scale));
}

/** Graph of one step: arrays, Adam's arrays, rows, indices of the batch's rows, rate → arrays, Adam's arrays. */
export function fitGraph(mentor: readonly Spec[], rows: Spec) {
  const named = traceNamed(
    (x) => {
      const gradientOfLoss = clipped(gradient(mentorLoss(byName(x.params), gather(x.rows, x.which)), [...x.params]));
      return adam.step({ params: x.params, state: x.state, gradient: gradientOfLoss, rate: x.rate });
    },
    { params: mentor, state: adam.init(mentor), rows, which: int([BATCH]), rate: float() },
  );
  return simplified(named);
}

/** Endless generator of the row indices of each step: repeated passes over all rows, each in a new random order. */
function* batches(n: number, seed: number): Generator<Int32Array, never, undefined> {
  let [pass, at] = [0, 0];
  let order = new Random(seed, "mentor batches", pass).permutation(n);
  for (;;) {
    const batch = new Int32Array(BATCH);
    for (let i = 0; i < BATCH; i++) {
      if (at === n) [order, at] = [new Random(seed, "mentor batches", ++pass).permutation(n), 0];
      batch[i] = order[at++]!;
    }
    yield batch;
  }
}

/** Graph of a mentor's mean cross-entropy over all rows. */
const lossGraph = (mentor: readonly Spec[], rows: Spec) =>
  simplified(traceNamed((x) => ({ loss: mentorLoss(byName(x.params), x.rows) }), { params: mentor, rows }));

/** Arrays of the mentor and of its optimiser. */
interface FitState<Leaf> {
  readonly params: readonly Leaf[];
  readonly state: OptimizerState<Leaf>;
}

export interface Fit {
  /** Trained arrays, by name. */
  readonly mentor: Readonly<Record<string, Tensor>>;
  /** Mean cross-entropy over all sightings at the end, nats. */
  readonly loss: number;
}

/**
 * Fits a mentor, starting from its current arrays.
 *
 * @param share in [0, 1]: percentile that is subtracted from the losses
 */
export async function fitMentor(
  engine: Engine,
  start: Tree<Tensor>,
  sightings: Sightings,
  { share, steps, seed }: { readonly share: number; readonly steps: number; readonly seed: number },
): Promise<Fit> {
  const first = TRAINED.map((name) => leaf(start, name));
  const rows = examplesOf(sightings, leaf(start, "epochs"), share);
  const up = (tensors: readonly Tensor[]): DeviceTensor[] => tensors.map((x) => engine.upload(x));
  const programs = new Programs(engine);
  try {
    const all = engine.upload(rows);
    const memory = Object.entries(adam.init(first)).map(([name, group]) => [name, up(group)] as const);
    let fitted: FitState<DeviceTensor> = { params: up(first), state: Object.fromEntries(memory) };
    const drawn = batches(sightings.losses.length, seed);
    for (let t = 0; t < steps; t++) {
      const [which, rate] = up([
        tensor(drawn.next().value),
        tensor(Float32Array.of(RATE * DECAY ** Math.floor(t / DECAY_EVERY)), []),
      ]) as [DeviceTensor, DeviceTensor];
      const inputs = { ...fitted, rows: all, which, rate };
      fitted = await programs.run("mentor step", () => fitGraph(first, rows), inputs);
    }
    const judged = await programs.run("mentor loss", () => lossGraph(first, rows), { ...fitted, rows: all });
    const host = await Promise.all(fitted.params.map((x) => x.read()));
    return {
      mentor: Object.fromEntries(TRAINED.map((name, i) => [name, host[i]!])),
      loss: item(await judged.loss.read()),
    };
  } finally {
    await programs.close();
  }
}
