/** @file Single layers against recorded numbers of PyTorch in float64. */

import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import type { Value } from "../../src/graph/value.ts";
import { layerNorm } from "../../src/nn/layer-norm.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { softmax } from "../../src/ops/compose.ts";
import { add, mul } from "../../src/ops/elementwise.ts";
import { placeVectors } from "../../src/ops/place-vectors.ts";
import type { Tensor } from "../../src/tensor.ts";
import { tensor } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { jvp } from "../../src/transform/jvp.ts";
import { difference, floats, layerFacts } from "./fixtures.ts";

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

  test("vectors of places: rows 2 … of fairseq's table", async () => {
    const [places] = await runOnce(
      reference,
      trace(() => [placeVectors(5, 8)], []),
      [],
    );
    expect(difference(places!, layerFacts.positions.slice(2))).toBeLessThan(1e-12);
  });
});
