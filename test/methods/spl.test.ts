import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/engines/engine.ts";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import type { Value } from "../../src/graph/value.ts";
import { spl } from "../../src/methods/spl.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { Random } from "../../src/random.ts";
import { tensor } from "../../src/tensor.ts";
import { tiny } from "../train/tiny.ts";
import { batchOf, little, specOf, stepOn, viewOf } from "./little.ts";

/**
 * Before step t of T, half of N at the start and all of it from T/2 on: an example stays if fewer than N (1/2 +
 * t/T) losses are smaller than its own. In whole numbers, so that nothing is rounded.
 */
function selected(losses: readonly number[], t: number, T: number): number[] {
  const N = losses.length;
  const twice = Math.min(2 * T, T + 2 * t);
  const kept = losses.map((loss) => 2 * T * losses.filter((other) => other < loss).length < N * twice);
  const count = kept.filter(Boolean).length;
  return kept.map((stays) => (stays ? 1 / count : 0));
}

async function weigh(engine: Engine, losses: Float32Array, progress: number): Promise<number[]> {
  const design = spl.design(specOf(3, 1, losses.length), tiny());
  // As training uploads it.
  const inputs = [tensor(losses), tensor(Float32Array.of(progress, 1, 0))];
  const view = (x: readonly Value[]) => viewOf(losses.length, { losses: x[0]!, moment: x[1]! });
  const graph = trace((...x) => [design.weigh({}, view(x))], inputs);
  const [weights] = await runOnce(engine, simplify(graph), inputs);
  return Array.from(weights!.data);
}

const drawn = (N: number, seed: number): Float32Array => {
  const random = new Random(seed, "losses");
  return Float32Array.from({ length: N }, () => 3 * random.uniform());
};

describe("self-paced learning", () => {
  test.each(["reference", "onnx"] as const)(
    "keeps what the quantile schedule keeps, at every step: %s",
    async (name) => {
      const engine = name === "onnx" ? await onnxEngine({ threads: 1 }) : reference;
      // Steps whose share of the batch is a whole number of examples, and others.
      for (const [N, T] of [
        [10, 20],
        [7, 30],
        [2, 12],
      ] as const) {
        for (let t = 0; t < T; t++) {
          const losses = drawn(N, t);
          const [got, want] = [await weigh(engine, losses, t / T), selected([...losses], t, T)];
          got.forEach((w, k) => expect([N, t, k, w.toFixed(6)]).toEqual([N, t, k, want[k]!.toFixed(6)]));
        }
      }
    },
  );

  test("equal losses stay or go together", async () => {
    expect(await weigh(reference, Float32Array.of(1, 2, 2, 2), 0)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(await weigh(reference, Float32Array.of(1, 1, 2, 2), 0)).toEqual([0.5, 0.5, 0, 0]);
    expect(await weigh(reference, Float32Array.of(3, 3, 3), 0)).toEqual(selected([3, 3, 3], 0, 1));
    expect(await weigh(reference, Float32Array.of(0, 5), 0)).toEqual([1, 0]);
  });

  test("keeps half of a batch in a run's first step, and everything from the middle on", async () => {
    const trainer = little({ method: "spl" });
    for (const [progress, kept] of [
      [0, 3],
      [0.5, 6],
      [0.9, 6],
    ] as const) {
      const { weights, losses } = await trainer.step(stepOn(batchOf(6, 1), 0, { progress, loss: 1, accuracy: 0 }), 0);
      expect(weights.filter((w) => w > 0)).toHaveLength(kept);
      const highest = Math.max(...losses.filter((_, k) => weights[k]! > 0));
      losses.forEach((loss, k) => expect(weights[k]! > 0).toBe(loss <= highest));
    }
    await trainer.close();
  });
});

describe("rl4data", () => {
  test.each(["reference", "onnx"] as const)("keeps the smallest losses of each class: %s", async (name) => {
    const engine = name === "onnx" ? await onnxEngine({ threads: 1 }) : reference;
    const design = spl.design(specOf(3, 1, 11), tiny({ method: "spl", splVariant: "rl4data" }));
    for (const [N, T] of [
      [11, 20],
      [11, 30],
      [6, 7],
    ] as const) {
      for (let t = 0; t < T; t++) {
        const losses = drawn(N, 100 + t);
        const labels = Int32Array.from({ length: N }, (_, k) => (k * k + t) % 3);
        const inputs = [
          tensor(losses),
          tensor(labels),
          tensor(Float32Array.of(t / T, 1, 0)),
          tensor(new Float32Array(N)),
        ];
        const graph = trace((...x) => {
          const [losses, labels, moment, uniforms] = x as [Value, Value, Value, Value];
          const view = viewOf(N, { losses, labels, moment });
          return [design.select!({}, view, uniforms).keep, design.weigh({}, view)];
        }, inputs);
        const [keep, weights] = await runOnce(engine, simplify(graph), inputs);
        // Of a full batch of 11, though this one may be smaller.
        const most = 1 + Math.floor((10 * t) / T);
        const want = Array.from(losses, (loss, k) => {
          const sorted = [...losses].filter((_, j) => labels[j] === labels[k]).sort((a, b) => a - b);
          return sorted.indexOf(loss) < most ? 1 : 0;
        });
        expect([N, t, ...keep!.data]).toEqual([N, t, ...want]);
        weights!.data.forEach((w) => expect(w).toBeCloseTo(1 / N, 6));
      }
    }
  });
});
