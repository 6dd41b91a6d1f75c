/**
 * @file Algorithm 1 on sentence pairs against recorded numbers of PyTorch in float64 (`hypergradient.json`): three steps of
 * the Transformer under a teacher, and ∂M/∂ω through the last one, two or three of them. And traps that must show.
 */

import { beforeAll, describe, expect, test } from "vitest";
import type { DeviceTensor, Engine } from "../../src/engines/engine.ts";
import { Programs, programName } from "../../src/engines/programs.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import type { Interaction } from "../../src/hyper/problem.ts";
import type { StepRecord } from "../../src/hyper/sweep.ts";
import { Sweep } from "../../src/hyper/sweep.ts";
import { methodOf } from "../../src/methods/methods.ts";
import { transformer } from "../../src/models/sequences/transformer.ts";
import type { TokenOptions } from "../../src/objectives/tokens.ts";
import { tokenObjective } from "../../src/objectives/tokens.ts";
import { stepKey } from "../../src/random.ts";
import type { Tensor } from "../../src/tensor.ts";
import { float, int, item, tensor } from "../../src/tensor.ts";
import { stepGraph } from "../../src/train/step/graphs.ts";
import { KEY, MOMENT } from "../../src/train/step/pass.ts";
import { TrainingProblem } from "../../src/train/step/problem.ts";
import type { Arrays } from "../../src/tree.ts";
import { entries } from "../../src/tree.ts";
import { torchRows } from "../engines/torch-here.ts";
import type { Nested } from "../nn/fixtures.ts";
import { difference, flat, floats, hypergradientFacts as facts, ints, modelFacts as model } from "../nn/fixtures.ts";
import { tiny } from "../train/tiny.ts";

const { V, d, ffn, heads, layers, padding, eos } = model.sizes;
const form = {
  inputs: { source: int([1, 1]), sourceReal: float([1, 1]), previous: int([1, 1]), real: float([1, 1]) },
  outputs: V,
};
const real = (ids: readonly (readonly number[])[]): number[][] =>
  ids.map((row) => row.map((id) => Number(id !== padding)));
const batches = facts.batches.map(({ source, target }): Arrays<Tensor> => ({
  source: ints(source),
  sourceReal: floats(real(source)),
  previous: ints(target.map((row) => [eos, ...row.slice(0, -1)])),
  target: ints(target),
  real: floats(real(target)),
}));

interface Settings {
  readonly interaction?: Interaction;
  readonly unit?: TokenOptions["unit"];
  /** Of the student. */
  readonly rate?: number;
}

/** The recorded problem on an engine. */
async function run(engine: Engine, { interaction = "cut", unit = "token", rate = 0 }: Settings) {
  const student = transformer("recorded", { width: d, inner: ffn, heads, layers }, rate, form);
  const options = { vocabulary: V, smoothing: 0.1, smoothedOver: "all", unit } as const;
  const config = tiny({ method: "deep", momentum: facts.momentum, weightDecay: facts.decay, interaction, batch: 3 });
  const aim = { objective: tokenObjective(options), form };
  const problem = new TrainingProblem(student, aim, methodOf("deep"), config);
  const { theta: like, omega: likeOmega } = problem.initial;
  const up = (record: Readonly<Record<string, Nested>>, tree: typeof like): DeviceTensor[] =>
    entries(tree).map(([name, { shape }]) => engine.upload({ ...floats(record[name]!), shape }));
  let theta: readonly DeviceTensor[] = up(model.theta, like);
  let optimizer: Readonly<Record<string, readonly DeviceTensor[]>> = { velocity: up(facts.v0, like) };
  const omega = up(facts.omega, likeOmega);
  const batchOf = (arrays: Arrays<Tensor>, key?: Tensor): Arrays<DeviceTensor> => {
    const all = { ...arrays, [MOMENT]: tensor([0, 1, 0]), ...(key ? { [KEY]: key } : {}) };
    return Object.fromEntries(Object.entries(all).map(([name, array]) => [name, engine.upload(array)]));
  };
  const keyOf = (t: number) => (rate > 0 ? tensor(stepKey(1, "dropout", t)) : undefined);
  const programs = new Programs(engine);
  const window: StepRecord[] = [];
  const told: { loss: number; weights: number[] }[] = [];
  for (const [t, arrays] of batches.entries()) {
    const record = {
      batch: batchOf(arrays, keyOf(t)),
      rate: engine.upload(tensor(facts.rates[t]!)),
      thetaBefore: theta,
    };
    const inputs = { theta, optimizer, statistics: [], omega, batch: record.batch, rate: record.rate };
    const after = await programs.run(programName("step", record.batch), () => stepGraph(problem, record.batch), inputs);
    window.push(record);
    const weights = Array.from((await after.weights.read()).data);
    const total = weights.reduce((a, b) => a + b, 0);
    told.push({ loss: item(await after.loss.read()), weights: weights.map((w) => w / total) });
    theta = after.theta;
    optimizer = after.optimizer;
  }
  const sweep = new Sweep(engine, problem.inner, problem.outer, "float");
  const back = async (steps: readonly StepRecord[]) => {
    const validation = batchOf(batches[1]!);
    const swept = await sweep.run({ theta, velocity: optimizer["velocity"]!, omega, window: steps, validation });
    return { ...swept, dOmega: await Promise.all(swept.dOmega.map((x) => x.read())) };
  };
  const norm = async (arrays: readonly DeviceTensor[]): Promise<number> =>
    Math.hypot(...(await Promise.all(arrays.map(async (x) => Array.from((await x.read()).data)))).flat());
  const names = entries(likeOmega).map(([name]) => name);
  return { told, window, back, names, batchOf, theta: await norm(theta), v: await norm(optimizer["velocity"]!) };
}

const rows = [
  { name: "reference", make: (): Promise<Engine> => Promise.resolve(reference), close: 1e-12, drifts: 1e-12 },
  { name: "onnx", make: (): Promise<Engine> => onnxEngine({ threads: 2 }), close: 5e-7, drifts: 1e-6 },
  ...torchRows({ "torch, fused": { threads: 2 } }).map((row) => ({ ...row, close: 5e-7, drifts: 1e-6 })),
];

describe.each(rows)("on $name", ({ make, close, drifts }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await make();
  });
  const cases = (["sentence", "token"] as const).flatMap((unit) =>
    (["cut", "cut-exact", "deep"] as const).map((interaction) => ({ unit, interaction })),
  );

  test.each(cases)("losses per $unit, $interaction", async ({ unit, interaction }) => {
    const want = facts[unit][interaction]!;
    const got = await run(engine, { unit, interaction });
    got.told.forEach(({ loss, weights }, t) => {
      expect(Math.abs(loss - want.steps[t]!.loss)).toBeLessThan(10 * close);
      weights.forEach((w, k) => expect(Math.abs(w - want.steps[t]!.weights[k]!)).toBeLessThan(close));
    });
    expect(Math.abs(got.theta / want.thetaNorm - 1)).toBeLessThan(close);
    expect(Math.abs(got.v / want.vNorm - 1)).toBeLessThan(close);
    for (const B of [1, 2, 3]) {
      const { dOmega, metric, drift } = await got.back(got.window.slice(-B));
      expect(Math.abs(metric - want.metric)).toBeLessThan(10 * close);
      expect(drift).toBeLessThan(drifts);
      got.names.forEach((name, i) => expect(difference(dOmega[i]!, want.dOmega[B]![name]!)).toBeLessThan(close));
    }
  });
});

describe("traps show", () => {
  const gradient = (arrays: readonly Tensor[]): number[] => arrays.flatMap(({ data }) => Array.from(data));
  const apart = (a: readonly number[], b: readonly number[]): number =>
    Math.hypot(...a.map((x, i) => x - b[i]!)) / Math.hypot(...b);
  const wanted = (unit: "token" | "sentence"): number[] => Object.values(facts[unit]["cut"]!.dOmega[2]!).flatMap(flat);

  test("losses per sentence where they are to be per token", () => {
    expect(apart(wanted("sentence"), wanted("token"))).toBeGreaterThan(1e-3);
  });

  test("other masks of dropout in the reversal: a gradient that is off by more than its size", async () => {
    const dropped = await run(reference, { rate: 0.3 });
    const right = await dropped.back(dropped.window.slice(-2));
    expect(right.drift).toBeLessThan(1e-12);
    const wrong = dropped.window.slice(-2).map((record, i) => ({
      ...record,
      batch: { ...record.batch, [KEY]: reference.upload(tensor(stepKey(1, "dropout", 100 + i))) },
    }));
    const redrawn = await dropped.back(wrong);
    expect(redrawn.drift).toBeGreaterThan(1e-3);
    expect(apart(gradient(redrawn.dOmega), gradient(right.dOmega))).toBeGreaterThan(1);
  });
});
