import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { lower } from "../../src/engines/onnx/emit.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { loadRuntime } from "../../src/engines/onnx/runtime.ts";
import { probe } from "../../src/engines/onnx/probe.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { trace } from "../../src/graph/graph.ts";
import type { Value } from "../../src/graph/value.ts";
import { batchNorm } from "../../src/nn/batch-norm.ts";
import { conv2d } from "../../src/ops/convolution.ts";
import { add, mul, relu } from "../../src/ops/elementwise.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { simplify } from "../../src/ops/simplify.ts";
import type { Tensor } from "../../src/tensor.ts";
import { float } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { imageCases } from "./image-cases.ts";
import { operands } from "../laws/cases.ts";
import { normal, relativeError } from "../laws/check.ts";

const target = { block: 16, threads: 2 };

/** Number of nodes per operator. A dot marks the blocked domain; `.Scale` counts depthwise 1×1 convolutions. */
function operators(graph: Graph): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op_type, domain, attribute } of lower(graph, "test", target).model.node) {
    const has = (name: string): unknown => attribute.find((candidate) => candidate.name === name);
    const isScale = has("group") !== undefined && JSON.stringify(has("kernel_shape")).includes("[1,1]");
    const name = domain === "" ? op_type : `.${isScale ? "Scale" : op_type}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** A residual block: relu(BN(conv(x, w)) + x) and the gradients of half its squared norm. */
function block(training: boolean): Graph {
  const f = (x: Value, w: Value, gamma: Value, beta: Value): Value => {
    const y = conv2d(x, w, { stride: 1, pad: 1 });
    const state = { mean: beta, variance: gamma };
    return relu(add(batchNorm(16).apply({ gamma, beta }, state, y, { mode: training ? "train" : "eval" }).y, x));
  };
  const specs = [float([32, 16, 8, 8]), float([16, 16, 3, 3]), float([16]), float([16])];
  return simplify(
    trace((...inputs) => {
      const [x, w, gamma, beta] = inputs as [Value, Value, Value, Value];
      const before = relu(conv2d(x, w, { stride: 1, pad: 1 }));
      const y = f(before, w, gamma, beta);
      return training ? gradient(sumAll(mul(y, y)), [w, gamma, beta]) : [sumAll(y)];
    }, specs),
  );
}

describe("blocked memory", () => {
  test("a residual block in training makes two passes forward and two backward over its images, and leaves blocks nowhere", () => {
    const counts = operators(block(true));
    expect(counts).toMatchObject({
      // Three convolutions, two weight gradients, and two sums of products: the variance and γ's cotangent.
      ".Conv": 3 + 2 + 2,
      // Forward: centre, scale and offset, shortcut. Backward: one for the cotangent, one for the centred image; the
      // loss's factor 2; padding for each weight gradient.
      ".Scale": 3 + 2 + 1 + 2,
      ".GlobalAveragePool": 2,
      ".ReorderInput": 1 + 2,
      HardSigmoid: 2,
    });
    expect(counts).not.toHaveProperty(".ReorderOutput");
  });

  test("batch norm with running statistics, a shortcut and a ReLU are part of the convolution before them", () => {
    expect(operators(block(false))).toMatchObject({ ".Conv": 2, ".ReorderInput": 1 });
    expect(operators(block(false))).not.toHaveProperty(".Scale");
  });

  test("without blocks a model names standard operators alone", () => {
    const nodes = lower(block(true), "test", { threads: 2 }).model.node;
    expect(new Set(nodes.map(({ domain }) => domain))).toEqual(new Set([""]));
  });

  test("a large array behind an index is written once for all its users", () => {
    const { initializer } = lower(block(true), "test", target).model;
    const indices = initializer.filter(({ dims }) => dims[0] === 32 * 8 * 8);
    expect(indices).toHaveLength(1);
  });

  // More threads than rows of the result: the batch is summed in groups.
  test.each(imageCases.filter(({ op }) => op === "conv2dWeightGrad"))("$name, on five threads", async (row) => {
    const graph = trace((...x) => [row.f(...x)], row.specs);
    const at = operands(row);
    const [got] = await runOnce(await onnxEngine({ threads: 5 }), graph, at);
    const [want] = await runOnce(reference, graph, at);
    expect(relativeError(got!, want!)).toBeLessThan(2e-5);
  });
});

const hasBlocks = (await onnxEngine()).layout !== "NCHW";

describe("the probe", () => {
  test("the engine says how images lie in memory, and why when they are plain", async () => {
    const engine = await onnxEngine();
    expect(engine.layout).toMatch(/^NCHW(c\d+)?$/);
    expect(engine.layoutReason === undefined).toBe(engine.layout !== "NCHW");
    const plain = await onnxEngine({ layout: "plain" });
    expect(plain).toMatchObject({ layout: "NCHW", layoutReason: "plain memory was asked for" });
  });

  test("a runtime without the domain gets plain memory, with the runtime's own words", async () => {
    const InferenceSession = { create: () => Promise.reject(new Error("no such domain")) };
    const runtime = { InferenceSession, Tensor: ort.Tensor } as unknown as Parameters<typeof probe>[0];
    expect(await probe(runtime)).toEqual({
      block: undefined,
      reason: "onnxruntime refuses blocked memory: no such domain",
    });
  });

  test.runIf(hasBlocks)("a runtime whose blocks give other numbers gets plain memory", async () => {
    const { InferenceSession, Tensor } = await loadRuntime();
    let sessions = 0;
    const create = async (model: Uint8Array): Promise<ort.InferenceSession> => {
      const session = await InferenceSession.create(model);
      // The second session is the blocked one; an error of one percent must be found.
      if (++sessions !== 2) return session;
      const run = session.run.bind(session);
      session.run = async (feeds: ort.InferenceSession.FeedsType) => {
        const results = await run(feeds);
        const data = results["output_0"]!.data as Float32Array;
        data.set(data.map((value) => value * 1.01));
        return results;
      };
      return session;
    };
    const runtime = { InferenceSession: { create }, Tensor } as unknown as Parameters<typeof probe>[0];
    const { reason } = (await probe(runtime)) as { reason: string };
    expect(reason).toMatch(/^blocks of \d+ give other numbers than plain memory: relative error 0\.0(1|09)/);
  });
});

test("outputs fed back as inputs a hundred times do not pile up", async () => {
  const spec = float([1 << 20]);
  const engine = await onnxEngine({ threads: 1 });
  const program = await engine.compile(trace((x) => [mul(x, 0.9)], [spec]));
  const array: Tensor = { ...normal(spec, 1, "array"), data: new Float32Array(1 << 20).fill(1) };
  let [state] = [engine.upload(array)];
  let most = 0;
  for (let i = 0; i < 100; i++) {
    [state] = (await program.run([state])) as [typeof state];
    most = Math.max(most, process.memoryUsage().arrayBuffers / 2 ** 20);
  }
  // 400 MiB were allocated in total; V8 counts arrays outside its heap and collects them in time.
  expect(most).toBeLessThan(200);
  await program.close();
});
