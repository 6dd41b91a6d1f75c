import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { printGraph } from "../../src/graph/print.ts";
import type { Value } from "../../src/graph/value.ts";
import { meanOver, normalised, overTotal, shares, timesShares } from "../../src/objectives/shares.ts";
import { fill, sum } from "../../src/ops/broadcast.ts";
import { softmax } from "../../src/ops/compose.ts";
import { div, mul } from "../../src/ops/elementwise.ts";
import { reshape } from "../../src/ops/movement.ts";
import { mean } from "../../src/ops/reduce.ts";
import { float, tensor } from "../../src/tensor.ts";

const N = 4;
/** Parts of each example; the last is padding. */
const sizes = [3, 5, 2, 0];
const total = 10;
const z = [0.4, -1.2, 2, 0.3];
const losses = [2, 1, 4, 9];

type Weighing = (z: Value, view: { nll: Value; sizes?: Value }) => Value;

async function weigh(rule: Weighing, engine = reference): Promise<number[]> {
  const inputs = [tensor(z), tensor(losses), tensor(sizes)];
  const graph = trace((at, nll, n) => [rule(at, { nll: nll, sizes: n })], inputs);
  return Array.from((await runOnce(engine, graph, inputs))[0]!.data);
}

describe("with sizes", () => {
  test.each([
    ["shares are nₖ / Σ n", (_z, view) => shares(view), sizes.map((n) => n / total)],
    ["times shares: vₖ nₖ / Σ n", timesShares, z.map((v, k) => (v * sizes[k]!) / total)],
    [
      "normalised: exp(zₖ) nₖ over its sum",
      normalised,
      z.map((v, k) => (Math.exp(v) * sizes[k]!) / z.reduce((all, x, j) => all + Math.exp(x) * sizes[j]!, 0)),
    ],
    [
      "over their total: vₖ nₖ / Σ v n",
      (v, view) => overTotal(mul(v, v), view),
      z.map((v, k) => (v * v * sizes[k]!) / z.reduce((all, x, j) => all + x * x * sizes[j]!, 0)),
    ],
    ["the mean is over parts", (_z, view) => meanOver(view.nll, view), [(2 * 3 + 1 * 5 + 4 * 2) / total]],
  ] as const satisfies readonly (readonly [string, Weighing, readonly number[]])[])(
    "%s",
    async (_title, rule, want) => {
      const got = await weigh(rule);
      got.forEach((w, k) => expect(w).toBeCloseTo(want[k]!, 14));
      const onnx = await weigh(rule, await onnxEngine({ threads: 1 }));
      onnx.forEach((w, k) => expect(w).toBeCloseTo(want[k]!, 6));
    },
  );

  test("a score of a thousand overflows nothing", async () => {
    const got = await weigh((at, view) => normalised(mul(at, 500), view));
    got.forEach((w, k) => expect(w).toBeCloseTo(k === 2 ? 1 : 0, 12));
  });
});

test("without sizes the graphs are those of the plain formulas", () => {
  const text = (f: (z: Value, nll: Value) => Value): string =>
    printGraph(trace((at, nll) => [f(at, nll)], [float([N]), float([N])]));
  expect(text((_z, nll) => shares({ nll }))).toBe(text(() => fill(1 / N, [N])));
  expect(text((v, nll) => timesShares(v, { nll }))).toBe(text((v) => mul(v, 1 / N)));
  expect(text((v) => normalised(v, {}))).toBe(text((v) => softmax(v, 0)));
  expect(text((v) => overTotal(v, {}))).toBe(text((v) => div(v, sum(v, [0]))));
  expect(text((_z, nll) => meanOver(nll, { nll }))).toBe(text((_z, nll) => reshape(mean(nll, [0]), [])));
});
