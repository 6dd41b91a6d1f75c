/**
 * @file Layers of a Transformer against recorded numbers of PyTorch in float64: single layers (`layers.json`), and a
 * whole encoder–decoder, with its gradient and Hessian–vector product (`model.json`).
 */

import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engines/engine.ts";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import type { Value } from "../../src/graph/value.ts";
import { placeVectors } from "../../src/nn/embedding.ts";
import { layerNorm } from "../../src/nn/layer-norm.ts";
import { rootKey } from "../../src/nn/layer.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { softmax } from "../../src/ops/compose.ts";
import { add, div, mul, reciprocal } from "../../src/ops/elementwise.ts";
import { reshape } from "../../src/ops/movement.ts";
import { simplify } from "../../src/ops/simplify.ts";
import type { Tensor } from "../../src/tensor.ts";
import { sizeOf, tensor } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { jvp } from "../../src/transform/jvp.ts";
import type { Tree } from "../../src/tree.ts";
import { entries, leaves, unflatten } from "../../src/tree.ts";
import { torchRows } from "../engines/torch-here.ts";
import type { Nested } from "./fixtures.ts";
import { flat, floats, ints, layerFacts, modelFacts as model } from "./fixtures.ts";
import type { Sentences } from "./transformer.ts";
import { initialParameters, perRow, perSentence, states, sumPlaces, tokenLosses } from "./transformer.ts";

/** The largest difference, in absolute terms. */
function difference(got: Tensor, want: Nested): number {
  const numbers = flat(want);
  expect(sizeOf(got.shape)).toBe(numbers.length);
  return Math.max(...numbers.map((value, i) => Math.abs(value - got.data[i]!)));
}

describe("single layers, in float64", () => {
  const norm = ([x, weight, bias]: readonly Value[]): Value =>
    layerNorm(5).apply({ weight: weight!, bias: bias! }, {}, x!, { mode: "train" }).y;

  /** Value, gradient along a cotangent, tangent, and the gradient's tangent. */
  async function derivatives(f: (x: readonly Value[]) => Value, at: Tensor[], along: Tensor[], ct: Tensor) {
    const n = at.length;
    const graph = trace(
      (...all) => {
        const [x, u] = [all.slice(0, n), all.slice(n, 2 * n)];
        const y = f(x);
        const once = gradient(sumAll(mul(y, all[2 * n]!)), x);
        return [y, ...once, jvp([y], x, u)[0]!, ...jvp(once, x, u).map((t, i) => t ?? mul(once[i]!, 0))];
      },
      [...at, ...along, ct],
    );
    const all = await runOnce(reference, graph, [...at, ...along, ct]);
    return { y: all[0]!, gradients: all.slice(1, 1 + n), dy: all[1 + n]!, hvp: all.slice(2 + n) };
  }

  test("layer norm: value, gradient, tangent and Hessian–vector product", async () => {
    const json = layerFacts.layerNorm;
    const at = [json.x, json.gamma, json.beta].map(floats);
    const got = await derivatives(norm, at, json.tangents.map(floats), floats(json.cotangent));
    expect(difference(got.y, json.y)).toBeLessThan(1e-11);
    expect(difference(got.dy, json.dy)).toBeLessThan(1e-11);
    got.gradients.forEach((g, i) => expect(difference(g, json.gradients[i]!)).toBeLessThan(1e-11));
    got.hvp.forEach((h, i) => expect(difference(h, json.hvp[i]!)).toBeLessThan(1e-11));
  });

  test("masked softmax: the same", async () => {
    const json = layerFacts.softmax;
    const bias = floats(json.bias);
    const masked = ([z, b]: readonly Value[]): Value => softmax(add(z!, b!), 1);
    const still = tensor(new Float64Array(bias.data.length), bias.shape);
    const got = await derivatives(
      masked,
      [floats(json.z), bias],
      [floats(json.tangent), still],
      floats(json.cotangent),
    );
    expect(difference(got.y, json.y)).toBeLessThan(1e-11);
    expect(difference(got.dy, json.dy)).toBeLessThan(1e-11);
    expect(difference(got.gradients[0]!, json.gradient)).toBeLessThan(1e-11);
    expect(difference(got.hvp[0]!, json.hvp)).toBeLessThan(1e-11);
  });

  test("vectors of places: rows 2 … of fairseq's table", () => {
    expect(difference(placeVectors(5, 8), layerFacts.positions.slice(2))).toBeLessThan(1e-12);
  });
});

const { sizes } = model;
const N = model.source.length;
const PADDING = sizes.padding;

/** Recorded arrays by dotted names as a tree in the order of this program's own parameters. */
function treeOf(record: Readonly<Record<string, Nested>>): Tree<Tensor> {
  const own = initialParameters(sizes, rootKey(1));
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
const batch: Sentences<Tensor> = {
  source: ints(model.source),
  previous: ints(model.target.map((row) => [model.sizes.eos, ...row.slice(0, -1)])),
  target: ints(model.target),
  sourceReal: floats(real(model.source)),
  real: floats(real(model.target)),
  sourcePlaces: placeVectors(model.source[0]!.length, sizes.d),
  places: placeVectors(model.target[0]!.length, sizes.d),
};

const theta = treeOf(model.theta);
const direction = treeOf(model.u);
const names = entries(theta).map(([name]) => name);
const P = names.length;
const order = Object.keys(batch) as (keyof Sentences)[];
const given = [...leaves(theta), ...leaves(direction), ...Object.values(batch), floats(model.weights)];

function unpack(all: readonly Value[]) {
  const values = all.slice(2 * P);
  return {
    params: all.slice(0, P),
    along: all.slice(P, 2 * P),
    theta: unflatten(theta, all.slice(0, P)),
    batch: Object.fromEntries(order.map((name, i) => [name, values[i]!])) as unknown as Sentences,
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
      const { decoded, encoded } = states(theta, sizes, batch);
      const [loss, nll] = [0.1, 0].map((eps) => tokenLosses(decoded, params[0]!, batch, eps));
      const mean = (x: Value, mask: Value): Value =>
        mul(sumPlaces(x, mask), perRow(reciprocal(perSentence(mask)), sizes.d));
      const sums = perSentence(loss!);
      const outputs = [decoded, mean(decoded, batch.real), mean(encoded, batch.sourceReal), loss!, nll!, sums];
      return [...outputs, jvp([sums], params, along)[0]!];
    }, given);
    const got = await runOnce(engine, simplify(graph), given);
    const want = [model.states, model.I0, model.I1, model.loss, model.nll, model.sums, model.directional];
    want.forEach((array, i) => expect(difference(got[i]!, array)).toBeLessThan(3 * close));
  });

  test.each(["sentence", "token"])("the objective per %s: loss, gradient, Hessian–vector product", async (kind) => {
    const graph = trace((...all) => {
      const { params, along, theta, batch, weights } = unpack(all);
      const sums = perSentence(tokenLosses(states(theta, sizes, batch).decoded, params[0]!, batch, 0.1));
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
        const drop = (x: Value, site: number): Value => {
          const kept = Float64Array.from({ length: sizeOf(x.shape) }, (_, i) =>
            (31 * i + 17 * site) % 10 >= Math.round(10 * rate) ? 1 / (1 - rate) : 0,
          );
          masks[site] = tensor(kept, x.shape);
          return mul(x, all[given.length + site]!);
        };
        const { decoded } = states(theta, sizes, batch, drop);
        const sums = perSentence(tokenLosses(decoded, params[0]!, batch, 0.1));
        const I0 = mul(sumPlaces(decoded, batch.real), perRow(reciprocal(perSentence(batch.real)), sizes.d));
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
const DROPPED = Array.from({ length: 7 }, (_, site) => [N * model[site < 3 ? "source" : "target"][0]!.length, sizes.d]);
