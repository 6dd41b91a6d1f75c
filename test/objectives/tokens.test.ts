/** @file Losses, scores and features of tokens, by hand and against recorded numbers (`layers.json`). */

import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { traceNamed } from "../../src/graph/named.ts";
import type { Value } from "../../src/graph/value.ts";
import { meanOver, shares } from "../../src/objectives/shares.ts";
import type { TokenOptions } from "../../src/objectives/tokens.ts";
import { tokenObjective } from "../../src/objectives/tokens.ts";
import type { View } from "../../src/objectives/view.ts";
import { matmul, transposeMatrix } from "../../src/ops/matmul.ts";
import { fill, sumAll } from "../../src/ops/broadcast.ts";
import { mul } from "../../src/ops/elementwise.ts";
import { concat } from "../../src/ops/movement.ts";
import type { Tensor } from "../../src/tensor.ts";
import { tensor } from "../../src/tensor.ts";
import { layerFacts } from "../nn/fixtures.ts";

const plain: TokenOptions = { vocabulary: 6, smoothing: 0, smoothedOver: "all", unit: "token" };

/** Numbers of a view of given logits `[N · T][V]`, tokens `[N][T]` and real places. */
async function seen(
  options: TokenOptions,
  logits: readonly (readonly number[])[],
  target: readonly (readonly number[])[],
  real: readonly (readonly number[])[],
  of: (view: View) => Readonly<Record<string, Value>>,
): Promise<Readonly<Record<string, number[]>>> {
  const V = options.vocabulary;
  const unit = Array.from({ length: V * V }, (_, i) => Number(i % V === Math.floor(i / V)));
  const given = {
    rows: tensor(logits.flat(), [logits.length, V]),
    table: tensor(unit, [V, V]),
    target: tensor(Int32Array.from(target.flat()), [target.length, target[0]!.length]),
    real: tensor(real.flat(), [real.length, real[0]!.length]),
  };
  const named = traceNamed(({ rows, table, target, real }) => {
    const output = matmul(rows, transposeMatrix(table));
    const internals = { I0: fill(0, [target.shape[0]!, 1]) };
    return of(tokenObjective(options).look({ output, head: { rows, table }, internals }, { target, real }));
  }, given);
  const out = named.unflatten(await runOnce(reference, named.graph, named.flatten(given)));
  return Object.fromEntries(Object.entries(out).map(([name, x]) => [name, Array.from(x.data)]));
}

describe("label smoothing", () => {
  const { logProbabilities, rows, floorV10000eps0_1: floors, atUniformPrediction } = layerFacts.smoothing;
  const alone = [[1]];

  test.each(rows)("ε $eps of row $row, label $label", async ({ eps: smoothing, row, label, uniform, others }) => {
    for (const [smoothedOver, want] of [
      ["all", uniform],
      ["others", others],
    ] as const) {
      const options = { ...plain, smoothing, smoothedOver };
      const of = ({ losses, nll }: View) => ({ losses, nll });
      const { losses, nll } = await seen(options, [logProbabilities[row]!], [[label]], alone, of);
      expect(losses![0]).toBeCloseTo(want, 11);
      expect(nll![0]).toBeCloseTo(-logProbabilities[row]![label]!, 11);
    }
  });

  test("floors at V = 10,000: the smoothed label's entropy; a uniform prediction costs ln V whatever ε", async () => {
    const V = 1000;
    for (const smoothedOver of ["all", "others"] as const) {
      const options = { vocabulary: V, smoothing: 0.1, smoothedOver, unit: "token" } as const;
      const rest = 0.1 / (smoothedOver === "all" ? V : V - 1);
      const own = 1 - (V - 1) * rest;
      const best = Array.from({ length: V }, (_, v) => Math.log(v === 3 ? own : rest));
      const entropy = -(own * Math.log(own) + (V - 1) * rest * Math.log(rest));
      const { losses } = await seen(options, [best, new Array<number>(V).fill(2)], [[3], [5]], [[1], [1]], (view) => ({
        losses: view.losses,
      }));
      expect(losses![0]).toBeCloseTo(entropy, 10);
      expect(losses![1]).toBeCloseTo(Math.log(V), 10);
    }
    const entropyAt = (V: number, rest: number): number => {
      const own = 1 - (V - 1) * rest;
      return -(own * Math.log(own) + (V - 1) * rest * Math.log(rest));
    };
    expect(entropyAt(10_000, 0.1 / 10_000)).toBeCloseTo(floors.uniform, 9);
    expect(entropyAt(10_000, 0.1 / 9_999)).toBeCloseTo(floors.others, 9);
    expect(Math.log(10_000)).toBeCloseTo(atUniformPrediction, 11);
  });
});

describe("pairs of different lengths", () => {
  const logits = Array.from({ length: 6 }, (_, r) => Array.from({ length: 6 }, (_, v) => Math.sin(3 * r + 7 * v)));
  const target = [
    [4, 2, 1],
    [3, 5, 2],
  ];
  const real = [
    [1, 1, 0],
    [1, 1, 1],
  ];
  const nllOf = (r: number, label: number): number =>
    Math.log(logits[r]!.reduce((sum, z) => sum + Math.exp(z), 0)) - logits[r]![label]!;
  const tokens = [
    [nllOf(0, 4), nllOf(1, 2)],
    [nllOf(3, 3), nllOf(4, 5), nllOf(5, 2)],
  ];
  const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;

  test("losses are means over tokens; with uniform weights their sum is the mean over all tokens, as fairseq's", async () => {
    const told = await seen(plain, logits, target, real, (view) => ({
      nll: view.nll,
      loss: sumAll(mul(view.losses, shares(view))),
      metric: meanOver(tokenObjective(plain).metrics["loglik"]!(view), view),
    }));
    told["nll"]!.forEach((x, n) => expect(x).toBeCloseTo(mean(tokens[n]!), 12));
    expect(told["loss"]![0]).toBeCloseTo(mean(tokens.flat()), 12);
    expect(told["metric"]![0]).toBeCloseTo(-mean(tokens.flat()), 12);
  });

  test("per sentence: the mean over sentences; the metric stays a mean over tokens", async () => {
    const told = await seen({ ...plain, unit: "sentence" }, logits, target, real, (view) => ({
      loss: sumAll(mul(view.losses, shares(view))),
      metric: meanOver(tokenObjective(plain).metrics["loglik"]!(view), view),
    }));
    expect(told["loss"]![0]).toBeCloseTo(mean(tokens.map(mean)), 12);
    expect(told["metric"]![0]).toBeCloseTo(-mean(tokens.flat()), 12);
  });

  test("expected accuracy is the mean probability of the given tokens", async () => {
    const { p } = await seen(plain, logits, target, real, (view) => ({
      p: tokenObjective(plain).metrics["accuracy"]!(view),
    }));
    p!.forEach((x, n) => expect(x).toBeCloseTo(mean(tokens[n]!.map((loss) => Math.exp(-loss))), 12));
  });

  test("features: M0 is the mean of its tokens' numbers; M1 the share of right tokens and the mean margin", async () => {
    const features = tokenObjective(plain).features({ I0: [1] });
    const numbers = [10, 20, 30, 40, 50, 60];
    const got = await seen(plain, logits, target, real, (view) => {
      const { M0, M1 } = features;
      if (M0?.kind !== "pair" || M1?.kind !== "vector") throw new TypeError("kinds");
      const row = (x: number): Value => fill(x, [1, 1]);
      const E = concat(numbers.map(row), 0);
      return { M0: M0.term(view, E), M1: M1.of({ ...view, moment: fill(0.5, [3]) }) };
    });
    expect(got["M0"]).toEqual([40, 130 / 3].map((x) => expect.closeTo(x, 12) as number));
    const p = logits.map((z) => z.map((x) => Math.exp(x) / z.reduce((sum, y) => sum + Math.exp(y), 0)));
    const margin = (r: number, label: number): number =>
      p[r]![label]! - Math.max(...p[r]!.filter((_, v) => v !== label));
    const right = (r: number, label: number): number => Number(p[r]![label] === Math.max(...p[r]!));
    const each = [
      [
        [0, 4],
        [1, 2],
      ],
      [
        [3, 3],
        [4, 5],
        [5, 2],
      ],
    ] as const;
    const want = each.flatMap((list) => [
      0.5,
      0.5,
      0.5,
      mean(list.map(([r, label]) => right(r, label))),
      mean(list.map(([r, label]) => margin(r, label))),
    ]);
    got["M1"]!.forEach((x, i) => expect(x).toBeCloseTo(want[i]!, 12));
  });

  test("evaluation adds up tokens, and rows without any count for nothing", async () => {
    const objective = tokenObjective(plain);
    const open = [...real, [0, 0, 0]];
    const rows = [...logits, ...logits.slice(0, 3)];
    const told = await seen(plain, rows, [...target, [1, 1, 1]], open, (view) => ({ ...objective.judge(view) }));
    const evaluator = objective.evaluator();
    const asTensor = (x: readonly number[]): Tensor => tensor(x);
    const { nll, errors, predictions } = told;
    evaluator.add(
      { nll: asTensor(nll!), errors: asTensor(errors!), predictions: asTensor(predictions!) },
      { real: tensor(open.flat(), [3, 3]) },
    );
    const result = evaluator.result();
    expect(result.loss).toBeCloseTo(mean(tokens.flat()), 12);
    expect(result.predictions).toHaveLength(2);
    const pairs = [0, 1, 3, 4, 5].map((r, i) => [r, [4, 2, 3, 5, 2][i]!] as const);
    const wrong = pairs.filter(([r, label]) => logits[r]![label] !== Math.max(...logits[r]!));
    expect(result.scores["error"]!.value).toBeCloseTo(wrong.length / 5, 12);
    expect(objective.standing(result)).toBeCloseTo(1 - wrong.length / 5, 12);
  });
});
