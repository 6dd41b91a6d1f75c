/**
 * @file The Transformer against recorded numbers of PyTorch in float64 (`model.json`): states, losses, gradients and
 * Hessian–vector products; and what its names say.
 */

import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engines/engine.ts";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import type { Value } from "../../src/graph/value.ts";
import type { Drop, StackSizes } from "../../src/models/sequences/layers.ts";
import type { Sentences } from "../../src/models/sequences/transformer.ts";
import { meanOverPlaces, states, transformer, transformers } from "../../src/models/sequences/transformer.ts";
import { sum, sumAll } from "../../src/ops/broadcast.ts";
import { logSoftmax } from "../../src/ops/compose.ts";
import { add, div, mul, neg } from "../../src/ops/elementwise.ts";
import { matmul, transposeMatrix } from "../../src/ops/matmul.ts";
import { reshape } from "../../src/ops/movement.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { take } from "../../src/ops/take.ts";
import type { Tensor } from "../../src/tensor.ts";
import { int, float, sizeOf, tensor } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { jvp } from "../../src/transform/jvp.ts";
import type { Arrays, Tree } from "../../src/tree.ts";
import { entries, leaf, leaves, unflatten } from "../../src/tree.ts";
import { torchRows } from "../engines/torch-here.ts";
import type { Nested } from "../nn/fixtures.ts";
import { difference, flat, floats, ints, modelFacts as model } from "../nn/fixtures.ts";

const { V, d, ffn, heads, layers, padding: PADDING, eos } = model.sizes;
const sizes: StackSizes = { width: d, inner: ffn, heads, layers };
const form = {
  inputs: {
    source: int([1, 1]),
    sourceReal: float([1, 1]),
    previous: int([1, 1]),
    real: float([1, 1]),
  },
  outputs: V,
};
const student = transformer("recorded", sizes, 0, form);
const N = model.source.length;
const still: Drop = (x) => x;

/** Recorded arrays by dotted names as a tree in the order of the student's own parameters. */
function treeOf(record: Readonly<Record<string, Nested>>): Tree<Tensor> {
  const own = student.init(1).params;
  expect(
    entries(own)
      .map(([name]) => name)
      .sort(),
  ).toEqual(Object.keys(record).sort());
  return unflatten(
    own,
    entries(own).map(([name, { shape }]) => {
      const array = floats(record[name]!);
      expect(array.shape).toEqual(shape);
      return array;
    }),
  );
}

const real = (ids: readonly (readonly number[])[]): number[][] =>
  ids.map((row) => row.map((id) => (id === PADDING ? 0 : 1)));
const batch: Arrays<Tensor> = {
  source: ints(model.source),
  previous: ints(model.target.map((row) => [eos, ...row.slice(0, -1)])),
  target: ints(model.target),
  sourceReal: floats(real(model.source)),
  real: floats(real(model.target)),
};

const theta = treeOf(model.theta);
const direction = treeOf(model.u);
const names = entries(theta).map(([name]) => name);
const P = names.length;
const order = Object.keys(batch);
const given = [...leaves(theta), ...leaves(direction), ...Object.values(batch), floats(model.weights)];

type Batch = Sentences & { readonly target: Value };

/** Losses `[N, T]` of tokens, 0 at padding, with a share `smoothing` of each label spread over all V tokens. */
function tokenLosses(decoded: Value, table: Value, { target, real }: Batch, smoothing: number): Value {
  const logs = logSoftmax(matmul(decoded, transposeMatrix(table)), 1);
  const labelled = take(logs, reshape(target, [sizeOf(target.shape)]));
  const all = reshape(sum(logs, [1]), labelled.shape);
  const loss = neg(add(mul(labelled, 1 - smoothing), mul(all, smoothing / V)));
  return mul(reshape(loss, real.shape), real);
}

/** Σ over places of `[N, T]`, as `[N]`. */
const perSentence = (x: Value): Value => reshape(sum(x, [1]), [N]);

function unpack(all: readonly Value[]) {
  const values = all.slice(2 * P);
  return {
    params: all.slice(0, P),
    along: all.slice(P, 2 * P),
    theta: unflatten(theta, all.slice(0, P)),
    batch: Object.fromEntries(order.map((name, i) => [name, values[i]!])) as Batch,
    weights: values[order.length]!,
  };
}

/** Σ w sums / n, or Σ w sums / Σ w n. */
function objective(kind: string, sums: Value, counts: Value, weights: Value): Value {
  if (kind === "sentence") return sumAll(mul(weights, div(sums, counts)));
  return div(sumAll(mul(weights, sums)), sumAll(mul(weights, counts)));
}

const rows = [
  { name: "reference", make: (): Promise<Engine> => Promise.resolve(reference), close: 1e-10 },
  { name: "onnx", make: (): Promise<Engine> => onnxEngine({ threads: 2 }), close: 2e-6 },
  ...torchRows({ "torch, fused": { threads: 2 }, "torch, op by op": { threads: 1, fused: false } }).map((row) => ({
    ...row,
    close: 2e-6,
  })),
];

describe.each(rows)("an encoder–decoder on $name", ({ make, close }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await make();
  });

  test("states, losses and their directional derivatives", async () => {
    const graph = trace((...all) => {
      const { params, along, theta, batch } = unpack(all);
      const { decoded } = states(theta, sizes, batch, still);
      const [loss, nll] = [0.1, 0].map((eps) => tokenLosses(decoded, leaf(theta, "embedding"), batch, eps));
      const { I0, I1 } = student.apply(theta, {}, batch, { mode: "train" }).internals;
      const sums = perSentence(loss!);
      const outputs = [decoded, I0, I1!, loss!, nll!, sums];
      return [...outputs, jvp([sums], params, along)[0]!];
    }, given);
    const got = await runOnce(engine, simplify(graph), given);
    const want = [model.states, model.I0, model.I1, model.loss, model.nll, model.sums, model.directional];
    want.forEach((array, i) => expect(difference(got[i]!, array)).toBeLessThan(3 * close));
  });

  test.each(["sentence", "token"])("the objective per %s: loss, gradient, Hessian–vector product", async (kind) => {
    const graph = trace((...all) => {
      const { params, along, theta, batch, weights } = unpack(all);
      const sums = perSentence(
        tokenLosses(states(theta, sizes, batch, still).decoded, leaf(theta, "embedding"), batch, 0.1),
      );
      const loss = objective(kind, sums, perSentence(batch.real), weights);
      const once = gradient(loss, params);
      return [reshape(loss, []), ...once, ...jvp(once, params, along).map((t, i) => t ?? mul(once[i]!, 0))];
    }, given);
    const got = await runOnce(engine, simplify(graph), given);
    const want = model.objectives[kind]!;
    expect(difference(got[0]!, want.loss)).toBeLessThan(close);
    names.forEach((name, i) => {
      expect(difference(got[1 + i]!, want.gradient[name]!)).toBeLessThan(close);
      const hvp = got[1 + P + i]!;
      // Of the objective per token the norm alone is recorded.
      const norm = Math.hypot(...hvp.data);
      if (kind === "token") expect(Math.abs(norm - flat(want.hvp[name]!)[0]!)).toBeLessThan(2 * close);
      else expect(difference(hvp, want.hvp[name]!)).toBeLessThan(2 * close);
    });
  });

  test("with dropout at seven sites", async () => {
    const { rate } = model.dropout;
    // The recorded rule: element i of site s is kept when (31 i + 17 s) mod 10 ≥ 10 · rate.
    const masks: Tensor[] = [];
    const graph = trace(
      (...all) => {
        const { params, theta, batch, weights } = unpack(all);
        let used = 0;
        const drop: Drop = (x) => {
          const site = used++;
          const kept = Float64Array.from({ length: sizeOf(x.shape) }, (_, i) =>
            (31 * i + 17 * site) % 10 >= Math.round(10 * rate) ? 1 / (1 - rate) : 0,
          );
          masks[site] = tensor(kept, x.shape);
          return mul(x, all[given.length + site]!);
        };
        const { decoded } = states(theta, sizes, batch, drop);
        const sums = perSentence(tokenLosses(decoded, leaf(theta, "embedding"), batch, 0.1));
        const I0 = meanOverPlaces(decoded, batch.real);
        const once = gradient(objective("sentence", sums, perSentence(batch.real), weights), params);
        return [I0, sums, ...once];
      },
      [...given, ...DROPPED.map((shape) => tensor(new Float64Array(sizeOf(shape)), shape))],
    );
    expect(masks).toHaveLength(7);
    const got = await runOnce(engine, simplify(graph), [...given, ...masks]);
    const want = model.dropout;
    expect(difference(got[0]!, want.I0)).toBeLessThan(2 * close);
    expect(difference(got[1]!, want.sums)).toBeLessThan(5 * close);
    expect(difference(got[2]!, want.gradientEmbedding)).toBeLessThan(close);
    names.forEach((name, i) => {
      expect(Math.abs(Math.hypot(...got[2 + i]!.data) - want.gradientNorms[name]!)).toBeLessThan(close);
    });
  });
});

/** Rows at each site: three of the encoder, four of the decoder. */
const DROPPED = Array.from({ length: 7 }, (_, site) => [N * model[site < 3 ? "source" : "target"][0]!.length, d]);

describe("names", () => {
  const V = 10_000;
  const count = (name: string): number =>
    leaves(transformers.make(name, { ...form, outputs: V })!.init(1).params).reduce((n, x) => n + sizeOf(x.shape), 0);

  test("transformer-iwslt has the 36,663,296 parameters of fairseq's with one table", () => {
    expect(count("transformer-iwslt")).toBe(36_663_296);
  });

  test("extents: 3 + 3 layers of 128 numbers", () => {
    const layer = 4 * (128 * 128 + 128);
    const [feed, norm] = [2 * 128 * 256 + 256 + 128, 2 * 128];
    const both = 3 * (layer + feed + 2 * norm) + 3 * (2 * layer + feed + 3 * norm);
    expect(count("transformer:d=128,ffn=256,heads=4,layers=3")).toBe(V * 128 + both);
  });

  test("initial values: means, deviations and bounds of fairseq's", () => {
    const { params } = transformers.make("transformer:d=64,ffn=128,heads=4,layers=1", { ...form, outputs: V })!.init(3);
    const named = new Map(entries(params).map(([name, { data }]) => [name, Array.from(data)]));
    const deviation = (x: readonly number[]): number => Math.sqrt(x.reduce((s, v) => s + v * v, 0) / x.length);
    const table = named.get("embedding")!;
    expect(deviation(table)).toBeCloseTo(64 ** -0.5, 3);
    expect(table.slice(64, 128)).toEqual(new Array(64).fill(0));
    const largest = (name: string): number => Math.max(...named.get(name)!.map(Math.abs));
    for (const [name, bound] of [
      ["decoder.0.cross.q.weight", Math.sqrt(6 / 128 / 2)],
      ["decoder.0.cross.out.weight", Math.sqrt(6 / 128)],
      ["encoder.0.ffn.in.weight", 1 / 8],
      ["encoder.0.ffn.out.weight", 1 / Math.sqrt(128)],
    ] as const) {
      expect(largest(name)).toBeLessThanOrEqual(bound);
      expect(largest(name)).toBeGreaterThan(0.99 * bound);
    }
    expect(largest("encoder.0.self.q.bias")).toBe(0);
  });

  test.each([
    ["transformer:d=128", "ffn among the extents"],
    ["transformer:d=130,ffn=8,heads=4,layers=1", "heads to divide d"],
    ["transformer:d=128,ffn=256,heads=4,layers=0", "layers to be a whole number"],
    ["transformer:d=128,ffn=256,heads=4,depth=3", "d, ffn, heads, layers, each once"],
    ["transformer:d=2,ffn=2,heads=1,layers=1", "d to be even and at least 4"],
  ])("%s is refused", (name, why) => {
    expect(() => transformers.make(name, form)).toThrow(why);
  });

  test("a task without sentences is refused by the inputs' names", () => {
    const images = { inputs: { images: float([1, 3, 8, 8]) }, outputs: 10 };
    expect(() => transformers.make("transformer-tiny", images)).toThrow(/expected inputs source, .* got images/);
  });
});
